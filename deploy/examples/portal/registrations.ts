import { Fields } from './forms/fields.js';

/** How long somebody who registers is waited for, and how many at once are remembered. */
const KEPT = 30 * 60_000;
const MOST = 10_000;

/**
 * What somebody has typed so far while they register, by their browser, so that they can go back. Passwords are not
 * among it. In this process's memory: where it is lost, the first page is simply empty again.
 */
export class Registrations {
  private readonly kept = new Map<string, { until: number; typed: URLSearchParams }>();

  of(browser: string): Fields {
    const known = this.kept.get(browser);
    return new Fields(known && known.until > Date.now() ? known.typed : new URLSearchParams());
  }

  keep(browser: string, names: string[], from: Fields): void {
    const typed = new URLSearchParams(this.kept.get(browser)?.typed);
    for (const name of names) typed.set(name, from.text(name));
    this.kept.delete(browser);
    this.kept.set(browser, { until: Date.now() + KEPT, typed });
    const [oldest] = this.kept.keys();
    if (this.kept.size > MOST && oldest !== undefined) this.kept.delete(oldest);
  }

  forget(browser: string): void {
    this.kept.delete(browser);
  }
}
