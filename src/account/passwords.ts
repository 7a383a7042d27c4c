import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../core/problem.js';

/** OWASP ASVS 5.0 11.4.2 and the Password Storage Cheat Sheet: argon2id, 19 MiB, two passes, one lane. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** How many may wait for the one place: beyond it, callers are asked to come back. */
const QUEUE = 200;

/**
 * Hashes and checks passwords, one at a time: hashing shares libuv's threads with everything else, and more at once
 * would starve storage (shared figures: eight at a time drop appends from 40,000/s to 290/s).
 */
export class Passwords {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private decoy?: string;

  async hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password, COST));
  }

  /** Whether `password` is that of `known`; without one it takes as long and is false. */
  async matches(known: string | undefined, password: string): Promise<boolean> {
    this.decoy ??= await this.hash('the hash of a password that nobody has');
    const right = await this.inTurn(() => verify(known ?? this.decoy!, password));
    return right && known !== undefined;
  }

  /** Whether `password` is one of those behind `hashes`. */
  async isAmong(hashes: string[], password: string): Promise<boolean> {
    for (const known of hashes) if (await this.matches(known, password)) return true;
    return false;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= QUEUE) {
      throw new DomainError('UNAVAILABLE', 'Too many people are logging in just now. Please try again in a minute.');
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
