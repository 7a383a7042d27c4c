import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** DejaVu covers Latin, Greek, Cyrillic, Hebrew and Arabic; PDF's own fonts know western Europe alone. */
const fontFolder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
export const TEXT_FONT = readFileSync(join(fontFolder, 'DejaVuSansCondensed.ttf'));
export const BOLD_FONT = readFileSync(join(fontFolder, 'DejaVuSansCondensed-Bold.ttf'));

/** A4 in points, and what is drawn on it. */
export const MARGINS = { top: 74, bottom: 64, left: 56, right: 56 };
export const WIDTH = 595.28 - MARGINS.left - MARGINS.right;
export const BOTTOM = 841.89 - MARGINS.bottom;
export const LABEL_WIDTH = 168;
export const GAP = 16;
export const INK = '#1a1a1a';
export const QUIET = '#50565c';
export const ACCENT = '#17405f';
export const LINE = '#c9d1d8';
export const SHADE = '#eef2f5';
export const SIZE = 9.5;
/** Text in tables, and the margin inside a cell. */
export const CELL_SIZE = 8.5;
export const PAD = 4;
/** An average character there in points, and how much of a long word is kept on one line. */
const CHARACTER = 5.2;
const LONGEST_WORD = 16;
/** Characters of an answer that is written over the whole width. */
export const LONG_TEXT = 500;

/**
 * Composed where it can be, with spaces for tabs and without other control characters. A space ends each line: words of
 * two lines are otherwise read out as one.
 */
export function printable(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '    ')
    .replace(/[^\P{Cc}\n]/gu, '')
    .replace(/ *\n/g, ' \n');
}

/** Columns wide enough for their longest words, and the rest of the width shared by how much stands in each. */
export function columnWidths(columns: readonly string[], rows: readonly (readonly string[])[]): number[] {
  const cells = columns.map((title, index) => [title, ...rows.map((row) => row[index] ?? '')]);
  const least = cells.map((texts) => {
    const words = texts.flatMap((text) => text.split(/\s+/)).map(({ length }) => Math.min(length, LONGEST_WORD));
    return Math.max(...words) * CHARACTER + 2 * PAD;
  });
  const wanted = cells.map((texts) => Math.max(...texts.map(({ length }) => Math.min(length, 80))));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const left = WIDTH - sum(least);
  if (left < 0) return least.map((each) => (each * WIDTH) / sum(least));
  return least.map((each, index) => each + (left * wanted[index]!) / Math.max(1, sum(wanted)));
}
