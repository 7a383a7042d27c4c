import type { Block, Letter } from './letter.js';

/** The plain text of a letter: its parts apart by an empty line. A code and a URL have lines of their own. */
export function renderText({ subject, blocks }: Letter): string {
  return `${[subject, ...blocks.map(blockText)].join('\n\n')}\n`;
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return block.text;
    case 'code':
      return block.code;
    case 'rows':
      return block.rows.map(([label, value]) => `${label}: ${value}`).join('\n');
    case 'link':
      return `${block.label}:\n${block.url}`;
  }
}
