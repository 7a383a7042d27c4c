import type { Collection, Db } from 'mongodb';
import { findAtOnce } from '../core/at-once.js';
import type { Clock } from '../core/clock.js';
import type { Session } from './sessions.js';

/** The part of an account's stream that decides about its sessions. */
export interface Standing {
  /** True once the account was closed or erased. */
  closed: boolean;
  /** The event of the last reset or change of the password. */
  passwordChange: { revision: number; at: string; commandId: string } | null;
}

/** Asks an account's stream, as it stands now. */
export type StandingOf = (accountId: string) => Promise<Standing>;

interface Ending {
  _id: string;
  /** The command that changes the password, or ends the account. */
  commandId: string;
  /** The session that changes its own password, which lives on. */
  keeps: string | null;
  at: Date;
}

/** Longer than any session lives that an ending may be about: seconds. */
const KEPT = 2 * 24 * 3_600;

/**
 * Makes sure that no session outlives a change of password. Deleting the sessions is the second step of that change and
 * may fail, so it is not what ends them: an ending is written first, and as long as it stands every look-up of the
 * account's sessions asks the account's stream. All other accounts cost no such read.
 */
export class SessionEndings {
  private readonly endings: Collection<Ending>;
  private readonly endingOf: (accountId: string) => Promise<Ending | undefined>;

  constructor(
    vault: Db,
    private readonly clock: Clock,
    private readonly standingOf: StandingOf,
  ) {
    this.endings = vault.collection<Ending>('session-endings');
    this.endingOf = findAtOnce(this.endings);
  }

  async createIndexes(): Promise<void> {
    await this.endings.createIndex({ at: 1 }, { expireAfterSeconds: KEPT });
  }

  async announce(accountId: string, commandId: string, keeps: string | null): Promise<void> {
    const ending = { commandId, keeps, at: this.clock.now() };
    await this.endings.updateOne({ _id: accountId }, { $set: ending }, { upsert: true });
  }

  /** Those of an account's sessions that began after its last change of password, or made that change. */
  async surviving(accountId: string, sessions: readonly Session[]): Promise<readonly Session[]> {
    const ending = await this.endingOf(accountId);
    if (!ending) return sessions;
    const standing = await this.standingOf(accountId);
    return sessions.filter((session) => outlives(session, standing, ending));
  }
}

function outlives(session: Session, { closed, passwordChange: last }: Standing, ending: Ending): boolean {
  if (closed) return false;
  if (!last || (ending.commandId === last.commandId && ending.keeps === session._id)) return true;
  // Revisions compare whatever the clocks say. Only sessions from before they were kept have none.
  if (session.signedIn === undefined) return session.startedAt.toISOString() > last.at;
  return session.signedIn > last.revision;
}
