import type { Block, Letter } from './letter.js';

/** Colours and sizes of the GOV.UK Design System: text, link and button all pass WCAG 2.2 AA on white. */
const FONT = 'font-family:Arial,Helvetica,sans-serif;color:#0b0c0c;';
const TEXT = `${FONT}margin:0 0 20px;font-size:19px;line-height:1.32;`;

/** The HTML of a letter: one column, no images, nothing fetched from anywhere, every word of it escaped. */
export function renderHtml({ subject, blocks }: Letter): string {
  return `<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0;padding:0;background:#ffffff;">
<main style="max-width:580px;margin:0 auto;padding:30px 20px;">
<h1 style="${FONT}margin:0 0 25px;font-size:27px;line-height:1.25;font-weight:bold;">${escapeHtml(subject)}</h1>
${blocks.map(blockHtml).join('\n')}
</main>
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return `<p style="${TEXT}">${escapeHtml(block.text)}</p>`;
    case 'code':
      return `<p style="${FONT}margin:0 0 20px;font-size:36px;line-height:1.25;font-weight:bold;white-space:nowrap;">${escapeHtml(block.code)}</p>`;
    case 'rows':
      return `<table style="margin:0 0 20px;border-collapse:collapse;">\n${block.rows.map(rowHtml).join('\n')}\n</table>`;
    case 'link':
      return `<p style="${TEXT}"><a href="${escapeHtml(block.url)}" style="font-family:Arial,Helvetica,sans-serif;display:inline-block;padding:9px 14px;font-size:19px;font-weight:bold;color:#ffffff;background:#00703c;text-decoration:none;">${escapeHtml(block.label)}</a></p>`;
  }
}

function rowHtml([label, value]: readonly [string, string]): string {
  const cell = `${FONT}padding:4px 15px 4px 0;font-size:19px;line-height:1.32;text-align:left;vertical-align:top;`;
  return `<tr><th scope="row" style="${cell}">${escapeHtml(label)}:</th><td style="${cell}">${escapeHtml(value)}</td></tr>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
