import type { Frontdoor } from '../support/frontdoor.js';
import type { TimedFrontdoor } from '../support/timed-frontdoor.js';

/** What came of a row: what was measured, counts included, in a few words; and whether it meets the target. */
export interface Measured {
  measured: string;
  pass: boolean;
}

/** What a row runs against. Whatever it starts here is stopped when it ends. */
export interface Ground {
  /** True where CI asks for small counts: `npm run test:security -- --quick`. */
  quick: boolean;
  /** How often something is done: `full` by default, `quick` where small counts are asked for. */
  count(full: number, quick: number): number;
  /** The whole product in a process of its own, as `npm start` runs it; `settings` (environment) on top of the defaults. */
  started(settings?: Record<string, string>): Promise<Frontdoor>;
  /** The application in this process, over real HTTP, on stores of their own and a clock that the row moves. */
  timed(settings?: Record<string, string>): Promise<TimedFrontdoor>;
}

/** One row of the Security table of security-and-faults.md, or a part of one: a rule, its figure and what measures it. */
export interface SecurityRow {
  /** Unique, and what a row is picked by: `npm run test:security -- codes`. */
  name: string;
  /** The table's area: "Codes", "Sessions". */
  area: string;
  /** The figure asked for. */
  target: string;
  /** Throws where it could not be measured: that fails the row, too. */
  run(ground: Ground): Promise<Measured>;
}
