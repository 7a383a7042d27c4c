import { randomBytes } from 'node:crypto';
import type { OnApplicationShutdown } from '@nestjs/common';
import { DomainError } from '../core/problem.js';
import { Hashing } from './hashing.js';

/** OWASP ASVS 5.0 11.4.2 and the Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** How a hash of that cost begins (PHC string format). */
const TODAY = `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$`;
/** How many may wait for the one place: beyond it, callers are asked to come back. Two hundred take some three seconds. */
const QUEUE = 200;
/** Seconds after which they may. */
const COME_BACK = 5;

/**
 * Hashes and checks passwords, one at a time: each takes 19 MiB and a core, and more at once would starve storage
 * (shared figures: eight at a time drop appends from 40,000/s to 290/s).
 */
export class Passwords implements OnApplicationShutdown {
  private readonly hashing = new Hashing();
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  /** Looks like the hash of a password, and is of none. */
  private readonly decoy = `${TODAY}${randomText(16)}$${randomText(32)}`;

  async hash(password: string): Promise<string> {
    return this.inTurn(() => this.hashing.run<string>({ password, cost: COST }));
  }

  /** Whether `password` is that of `known`; without one it takes as long and is false. */
  async matches(known: string | undefined, password: string): Promise<boolean> {
    const right = await this.inTurn(() => this.hashing.run<boolean>({ password, known: known ?? this.decoy }));
    return right && known !== undefined;
  }

  /** Whether `password` is one of those behind `hashes`. */
  async isAmong(hashes: string[], password: string): Promise<boolean> {
    for (const known of hashes) if (await this.matches(known, password)) return true;
    return false;
  }

  /** Whether a hash was made at another cost than today's. */
  isOutdated(known: string): boolean {
    return !known.startsWith(TODAY);
  }

  /** The last requests have been answered by then. */
  async onApplicationShutdown(): Promise<void> {
    await this.hashing.stop();
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= QUEUE) {
      const message = 'Too many people are logging in just now. Please try again in a minute.';
      throw new DomainError('UNAVAILABLE', message, undefined, { retryAfter: COME_BACK });
    }
    this.waiting += 1;
    const run = this.last.then(work);
    this.last = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      this.waiting -= 1;
    }
  }
}

/** Random bytes in base64 without padding, as PHC strings have it. */
function randomText(bytes: number): string {
  return randomBytes(bytes).toString('base64').replace(/=+$/, '');
}
