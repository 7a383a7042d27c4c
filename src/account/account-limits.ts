import { Injectable } from '@nestjs/common';
import { MINUTE } from '../core/clock.js';
import { DomainError } from '../core/problem.js';
import type { LimitName } from '../session/limit-settings.js';
import { Limits } from '../session/limits.js';
import type { CodePurpose } from './account.events.js';

/** Everybody together. */
const ALL = 'all';
/** Wrong codes that one client address still has while there are too many everywhere. */
const FEW = 10;

/**
 * What is limited around an account. Nothing here locks an account: its sessions go on, a code that was asked for can be
 * typed, and who knows the password gets a code whatever others have guessed. `key` is an address's (address-key.ts).
 */
@Injectable()
export class AccountLimits {
  constructor(private readonly limits: Limits) {}

  /** Counts one account operation of a client address; throws TOO_MANY_REQUESTS. */
  async called(from: string): Promise<void> {
    await this.limits.take('calls', from);
  }

  /** Counts a code that somebody asks for without having shown anything; throws TOO_MANY_REQUESTS. */
  async codeSent(purpose: CodePurpose, key: string): Promise<void> {
    await this.limits.takeExactly('codes-sent', `${purpose}/${key}`);
  }

  /** Counts a code sent again to an address, whatever challenges it is for; throws TOO_MANY_REQUESTS. */
  async codeResent(key: string): Promise<void> {
    await this.limits.takeExactly('codes-resent', key, MINUTE);
  }

  /** Counts a log-in with a right password. Where guesses are blind, one too many is not said, but false. */
  async mayLogIn(key: string, blind: boolean): Promise<boolean> {
    try {
      await this.codeSent('log-in', key);
      return true;
    } catch (error) {
      if (blind && error instanceof DomainError) return false;
      throw error;
    }
  }

  /** Whether so many wrong passwords came that replies may not tell right from wrong any more. */
  async guessesAreBlind(key: string, from: string): Promise<boolean> {
    return this.limits.anyUsed(['log-ins', key], ['log-ins-from', from], ['log-ins-everywhere', ALL]);
  }

  async passwordRefused(key: string, from: string): Promise<void> {
    await Promise.all([
      this.limits.note('log-ins', key),
      this.limits.note('log-ins-from', from),
      this.limits.note('log-ins-everywhere', ALL),
    ]);
  }

  /** Throws TOO_MANY_REQUESTS where the current password was given wrong too often: by who took over a session, it may be. */
  async mayChangePassword(accountId: string): Promise<void> {
    const [until] = await this.limits.used(['log-ins', `change/${accountId}`]);
    if (until) throw this.limits.tooMany(until);
  }

  async changeRefused(accountId: string): Promise<void> {
    await this.limits.note('log-ins', `change/${accountId}`);
  }

  /** Which of an address's and its account's limits are used up, and until when. For operators. */
  async heldBack(key: string, accountId?: string): Promise<{ limit: string; until: Date }[]> {
    const all = heldBackBy(key, accountId).map(async ([what, name, who]) => {
      return { limit: what, until: await this.limits.heldUntil(name, who) };
    });
    return (await Promise.all(all)).filter((one): one is { limit: string; until: Date } => one.until !== undefined);
  }

  /** Begins all of these limits anew. */
  async unlock(key: string, accountId?: string): Promise<void> {
    await Promise.all(heldBackBy(key, accountId).map(([, name, who]) => this.limits.forget(name, who)));
  }

  /** Tries a code, and counts it where it is wrong; throws TOO_MANY_REQUESTS without trying where there were too many. */
  async codeTried<T>(from: string, attempt: () => Promise<T>): Promise<T> {
    const [own, few, everywhere] = await this.limits.used(
      ['codes-from', from],
      ['codes-from', from, FEW],
      ['codes-everywhere', ALL],
    );
    const until = own ?? (everywhere && few);
    if (until) throw this.limits.tooMany(until);
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof DomainError && error.code === 'CODE_WRONG') {
        await Promise.all([this.limits.note('codes-from', from), this.limits.note('codes-everywhere', ALL)]);
      }
      throw error;
    }
  }
}

/** What is counted by an address and by its account, in words, and where. */
function heldBackBy(key: string, accountId?: string): [what: string, name: LimitName, who: string][] {
  const byAddress: [string, LimitName, string][] = [
    ['wrong passwords: replies to log-ins tell nothing', 'log-ins', key],
    ['codes to log in', 'codes-sent', `log-in/${key}`],
    ['codes to reset the password', 'codes-sent', `reset/${key}`],
    ['codes to register', 'codes-sent', `registration/${key}`],
    ['codes sent again', 'codes-resent', key],
  ];
  if (!accountId) return byAddress;
  return [...byAddress, ['wrong passwords at a change of password', 'log-ins', `change/${accountId}`]];
}
