interface Line {
  what: string;
  count: number;
  /** True where anything but 0 is a loss. */
  mustBeNone: boolean;
}

/** So many of each loss are told with their particulars. */
const EXAMPLES = 5;

/** What was done and what came of it, line by line in the order of its telling. */
export class Report {
  private readonly lines = new Map<string, Line>();
  private readonly examples: string[] = [];
  private shownAt = 0;

  /** Counts something that was done. */
  done(what: string, count = 1): void {
    this.add(what, count, false);
  }

  /** The largest that was seen of something, in milliseconds say. */
  most(what: string, value: number): void {
    const line = this.lines.get(what) ?? { what, count: 0, mustBeNone: false };
    this.lines.set(what, { ...line, count: Math.max(line.count, Math.round(value)) });
  }

  /** Names what must not happen, so that the table says 0 of it. */
  none(...whats: string[]): void {
    for (const what of whats) this.add(what, 0, true);
  }

  /** Counts what must not happen, and keeps the first few with the particulars. */
  loss(what: string, particulars = ''): void {
    this.add(what, 1, true);
    if (this.count(what) > EXAMPLES) return;
    this.examples.push(`${what}: ${particulars}`);
    console.log(`  ! ${what}: ${particulars}`);
  }

  /** Counts a loss unless it holds. */
  check(holds: boolean, what: string, particulars: () => string = () => ''): void {
    if (!holds) this.loss(what, particulars());
    else this.none(what);
  }

  count(what: string): number {
    return this.lines.get(what)?.count ?? 0;
  }

  get losses(): number {
    return [...this.lines.values()].reduce((sum, { count, mustBeNone }) => sum + (mustBeNone ? count : 0), 0);
  }

  /** Says how far it is, every ten seconds at most. */
  progress(text: string): void {
    if (Date.now() - this.shownAt < 10_000) return;
    this.shownAt = Date.now();
    console.log(`  … ${text}; losses so far: ${this.losses}`);
  }

  text(title: string): string {
    const rows = [...this.lines.values()].map(({ what, count, mustBeNone }) => {
      const verdict = mustBeNone ? (count === 0 ? '  ok' : '  LOSS') : '';
      return `  ${what.padEnd(72)} ${String(count).padStart(9)}${verdict}`;
    });
    const verdict = this.losses === 0 ? 'faults: nothing lost' : `faults: ${this.losses} LOSSES`;
    return [title, ...rows, ...this.examples.map((example) => `  ! ${example}`), verdict].join('\n');
  }

  private add(what: string, count: number, mustBeNone: boolean): void {
    const line = this.lines.get(what);
    if (line) line.count += count;
    else this.lines.set(what, { what, count, mustBeNone });
  }
}
