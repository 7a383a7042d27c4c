import { hash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Collection, Db, UpdateOneModel } from 'mongodb';
import { findAtOnce, updateAtOnce } from '../core/at-once.js';
import type { Clock } from '../core/clock.js';
import { MINUTE } from '../core/clock.js';
import { SessionEndings, type StandingOf } from './session-endings.js';

/** A session ends this long after it began, whatever happens in it (security-and-faults.md: 8 hours). */
const ABSOLUTE = 8 * 60 * MINUTE;
/**
 * A session is asked for again once what is known of it is so old, in milliseconds; whoever uses it then does not wait for
 * the answer, as long as it is younger than `CACHED_FOR`: one that was ended elsewhere is to be ended here within a second.
 */
const FRESH_FOR = 500;
const CACHED_FOR = 800;
/** Activity is written down at most this often: milliseconds. */
const TOUCH_EVERY = 1_000;
/** Sessions that an owner is shown at most: nobody has more within eight hours. */
const MOST_LISTED = 100;

export interface Session {
  /** The SHA-256 of the token: the token itself is kept nowhere. */
  _id: string;
  accountId: string;
  council: string;
  startedAt: Date;
  /** The revision of the SignedIn event that began it. */
  signedIn?: number;
  lastSeenAt: Date;
  idleMinutes: number;
  /** Its latest end: the TTL index clears it away some time after. */
  endsAt: Date;
  /** What began it, in a few words (see device.ts): for its owner, who is shown the list. */
  device?: string;
  /** The command that began a form which asks for a fresh log-in each time, where one was begun in this session. */
  lastFreshForm?: string;
}

interface Cached {
  session: Session;
  /** By a clock that nobody moves. */
  readAt: number;
  /** The time of the last activity that was written down. */
  writtenAt: number;
}

/** Opaque sessions of referrers, in the vault. */
export class Sessions {
  private readonly sessions: Collection<Session>;
  private readonly cache = new LRUCache<string, Cached>({ max: 50_000 });
  private readonly reading = new Map<string, Promise<Cached | undefined>>();
  private readonly stored: (id: string) => Promise<Session | undefined>;
  private readonly endings: SessionEndings;
  private readonly update: (update: UpdateOneModel<Session>) => Promise<void>;

  constructor(
    vault: Db,
    private readonly clock: Clock,
    standingOf: StandingOf,
  ) {
    this.endings = new SessionEndings(vault, clock, standingOf);
    this.sessions = vault.collection<Session>('sessions');
    this.stored = findAtOnce(this.sessions);
    this.update = updateAtOnce(this.sessions);
  }

  async createIndexes(): Promise<void> {
    await this.sessions.createIndex({ accountId: 1, lastSeenAt: -1 });
    await this.sessions.createIndex({ endsAt: 1 }, { expireAfterSeconds: 0 });
    await this.endings.createIndexes();
  }

  /** Begins a session; the token (256 random bits) is given out once. `signedIn`: the revision of the SignedIn event. */
  async start(
    accountId: string,
    council: string,
    idleMinutes: number,
    device: string,
    signedIn?: number,
  ): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const now = this.clock.now();
    await this.sessions.insertOne({
      _id: hashOf(token),
      accountId,
      council,
      startedAt: now,
      lastSeenAt: now,
      idleMinutes,
      endsAt: new Date(now.getTime() + ABSOLUTE),
      device,
      ...(signedIn !== undefined && { signedIn }),
    });
    return token;
  }

  /**
   * Call before the event that changes the account's password, or closes or erases it, is appended: once that event is
   * stored, no session from before it is accepted by any process for longer than it may be cached. If the event does not
   * follow, the session that made the previous change ends, because only the latest ending is kept. `keeps`: the session
   * that changes its own password.
   */
  async announceEnding(accountId: string, commandId: string, keeps: string | null = null): Promise<void> {
    await this.endings.announce(accountId, commandId, keeps);
  }

  /**
   * The live session of a token, and the milliseconds since it was last used; undefined where there is none or it has
   * ended. Asking is activity, unless it says that it is not.
   */
  async use(token: string, isActivity = true): Promise<{ session: Session; idleFor: number } | undefined> {
    const id = hashOf(token);
    const now = this.clock.now();
    const entry = await this.cached(id);
    if (!entry) return undefined;
    const { session } = entry;
    const idleFor = now.getTime() - session.lastSeenAt.getTime();
    if (hasEnded(session, now)) {
      await this.end(id);
      return undefined;
    }
    if (!isActivity) return { session, idleFor };
    entry.session = { ...session, lastSeenAt: now };
    // Either way: a clock that was set back must not keep activity from being written down.
    if (Math.abs(now.getTime() - entry.writtenAt) >= TOUCH_EVERY) {
      entry.writtenAt = now.getTime();
      // Nobody waits for it: what cannot be written down now is written at the next use, a second later.
      const update = { $max: { lastSeenAt: now } };
      void this.update({ filter: { _id: id }, update }).catch(() => undefined);
    }
    return { session: entry.session, idleFor };
  }

  /** Whether a session lives on. Asking is no activity. */
  async isLive(id: string): Promise<boolean> {
    const session = (await this.cached(id))?.session;
    return session !== undefined && !hasEnded(session, this.clock.now());
  }

  /** The live sessions of an account, the one used last first. */
  async ofAccount(accountId: string): Promise<Session[]> {
    const now = this.clock.now();
    const found = await this.sessions.find({ accountId }).sort({ lastSeenAt: -1 }).limit(MOST_LISTED).toArray();
    const living = await this.endings.surviving(accountId, found);
    return living.filter((session) => !hasEnded(session, now));
  }

  /** Sessions that have not reached their latest end. */
  count(): Promise<number> {
    return this.sessions.countDocuments({ endsAt: { $gt: this.clock.now() } });
  }

  async noteFreshForm(id: string, commandId: string): Promise<void> {
    await this.changing([id], this.sessions.updateOne({ _id: id }, { $set: { lastFreshForm: commandId } }));
  }

  async end(id: string): Promise<void> {
    await this.changing([id], this.sessions.deleteOne({ _id: id }));
  }

  /** Ends every session of an account, save the one named: after a change of password. */
  async endAll(accountId: string, exceptId?: string): Promise<void> {
    const ended = this.sessions.deleteMany({ accountId, ...(exceptId ? { _id: { $ne: exceptId } } : {}) });
    const known = [...this.cache.entries()].filter(
      ([id, { session }]) => session.accountId === accountId && id !== exceptId,
    );
    await this.changing([...known.map(([id]) => id), ...this.reading.keys()], ended);
  }

  /** What was read of sessions before they were changed is good for nobody who asks after it. */
  private async changing(ids: readonly string[], change: Promise<unknown>): Promise<void> {
    try {
      await change;
    } finally {
      for (const id of ids) {
        this.cache.delete(id);
        this.reading.delete(id);
      }
    }
  }

  private async cached(id: string): Promise<Cached | undefined> {
    const hit = this.cache.get(id);
    const age = hit ? performance.now() - hit.readAt : Infinity;
    if (age < FRESH_FOR) return hit;
    // Asked for by many at once, it is read once.
    const reading = this.reading.get(id) ?? this.readAgain(id);
    if (age >= CACHED_FOR) return reading;
    // Whoever has to wait for it will hear what went wrong.
    reading.catch(() => undefined);
    return hit;
  }

  private readAgain(id: string): Promise<Cached | undefined> {
    const reading = this.read(id).then(
      (entry) => {
        // Changed meanwhile, it is not kept.
        if (this.reading.get(id) !== reading) return entry;
        this.reading.delete(id);
        if (entry) this.cache.set(id, entry);
        else this.cache.delete(id);
        return entry;
      },
      (error: unknown) => {
        if (this.reading.get(id) === reading) this.reading.delete(id);
        throw error;
      },
    );
    this.reading.set(id, reading);
    return reading;
  }

  private async read(id: string): Promise<Cached | undefined> {
    const readAt = performance.now();
    const session = await this.stored(id);
    if (!session) return undefined;
    if ((await this.endings.surviving(session.accountId, [session])).length === 0) {
      // If the deletion fails, the session is still refused at its next look-up.
      void this.sessions.deleteOne({ _id: id }).catch(() => undefined);
      return undefined;
    }
    const hit = this.cache.get(id);
    // This process may have seen activity that it has not written down yet.
    if (hit && hit.session.lastSeenAt > session.lastSeenAt) session.lastSeenAt = hit.session.lastSeenAt;
    return { session, readAt, writtenAt: hit?.writtenAt ?? session.lastSeenAt.getTime() };
  }
}

function hasEnded({ endsAt, lastSeenAt, idleMinutes }: Session, now: Date): boolean {
  return now >= endsAt || now.getTime() - lastSeenAt.getTime() >= idleMinutes * MINUTE;
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64url');
}
