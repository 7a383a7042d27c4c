/** Prints a heading. */
export function heading(text: string): void {
  console.log(`\n${text}\n${'='.repeat(text.length)}`);
}

export function step(text: string): void {
  console.log(`\n• ${text}`);
}

/** Prints rows under the columns that people see on their screens. */
export function table(title: string, columns: string[], rows: (string | number | null)[][]): void {
  const texts = rows.map((row) => row.map((cell) => String(cell ?? '')));
  const widths = columns.map((column, place) => Math.max(column.length, ...texts.map((row) => row[place]!.length)));
  const line = (cells: string[]) => `  ${cells.map((cell, place) => cell.padEnd(widths[place]!)).join('  ')}`.trimEnd();
  console.log(`\n  ${title}`);
  console.log(line(columns));
  console.log(line(widths.map((width) => '-'.repeat(width))));
  for (const row of texts) console.log(line(row));
  if (rows.length === 0) console.log('  (nothing)');
}

/** A date as the portals show it: 26 Apr 2023 1:52 PM. */
export function when(iso: string): string {
  return new Date(iso).toLocaleString('en-GB', {
    day: '2-digit',
    month: 'short',
    year: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    hour12: true,
    timeZone: 'Europe/London',
  });
}
