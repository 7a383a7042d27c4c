import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { MongoServerError, type Collection, type Db } from 'mongodb';
import { findAtOnce } from './at-once.js';
import type { Logger } from './logger.js';
import { LocalMasterKeys, WrongMasterKey, type MasterKeys } from './master-keys.js';
import { keyFailures } from './metrics.js';
import { DomainError } from './problem.js';

interface KeyDocument {
  /** The owner: the stream name of the account or referral whose data the key seals. */
  _id: string;
  wrapped?: Buffer;
  /** Which master key wrapped it; absent in those of before there could be several. */
  master?: string;
  createdAt: Date;
  destroyedAt?: Date;
}

/** How long a process may go on using a key that another process has destroyed, in milliseconds. */
const CACHED_FOR = 30_000;
/** A value that is wrapped like a data key: whether the master key is the right one shows at boot. */
const CHECK = { _id: 'check', value: Buffer.from('The master key fits.') } as const;
const PAGE = 500;
/** The same trouble with the same key is logged once in this time, in milliseconds: followers ask again and again. */
const REPORTED_FOR = 30_000;

/**
 * Why a key that nobody destroyed cannot be used: the vault has no document for it, its document cannot be unwrapped,
 * the vault or the key service did not answer, or its document says destroyed although the log holds no erasure.
 */
export type KeyTrouble = 'missing' | 'unreadable' | 'unanswered' | 'not-erased';

/** An outage, never an erasure: nothing is appended, followers wait, and callers may try again. */
export class KeyUnavailable extends DomainError {
  constructor(
    readonly trouble: KeyTrouble,
    cause: unknown = new Error(`The data key is ${trouble}.`),
  ) {
    const message = 'The service cannot store or read this just now. Please try again shortly.';
    super('UNAVAILABLE', message, undefined, undefined, { cause });
    this.name = 'KeyUnavailable';
  }
}

/** Whether an error is about the key of one owner, so that others can be served: not about the vault or the key service. */
export function concernsOneKey(error: unknown): boolean {
  return error instanceof KeyUnavailable && error.trouble !== 'unanswered';
}

/**
 * One data key for each account and referral, wrapped by the master key and kept in the vault. Destroying a key is
 * erasing what it sealed; a destroyed key leaves its name behind, so that none can take its place.
 */
export class DataKeys {
  private readonly keys: Collection<KeyDocument>;
  private readonly checks: Collection<KeyDocument>;
  private readonly cache = new LRUCache<string, Buffer>({ max: 20_000, ttl: CACHED_FOR });
  /** Look-ups under way, or about to be sent: whoever else asks for the same key waits for the same answer. */
  private readonly asked = new Map<string, Promise<Buffer | undefined>>();
  private readonly document: (owner: string) => Promise<KeyDocument | undefined>;
  private readonly master: MasterKeys;
  private readonly reported = new LRUCache<string, true>({ max: 1_000, ttl: REPORTED_FOR });

  constructor(
    vault: Db,
    master: MasterKeys | Buffer,
    private readonly logger?: Pick<Logger, 'error'>,
  ) {
    this.keys = vault.collection<KeyDocument>('keys');
    this.document = findAtOnce(this.keys, { promoteBuffers: true });
    this.checks = vault.collection<KeyDocument>('master');
    this.master = Buffer.isBuffer(master) ? new LocalMasterKeys(master) : master;
  }

  /** The owner's key, made now where there never was one; undefined where it was destroyed. */
  async create(owner: string): Promise<Buffer | undefined> {
    const key = randomBytes(32);
    try {
      const wrapped = await this.master.wrap(key, owner);
      await this.keys.insertOne({ _id: owner, wrapped, master: this.master.current, createdAt: new Date() });
    } catch (error) {
      // A look-up that was under way before the other process made the key would not find it.
      if (error instanceof MongoServerError && error.code === 11000) return this.lookUp(owner);
      throw this.unavailable(owner, 'unanswered', error);
    }
    this.cache.set(owner, key);
    return key;
  }

  /**
   * The owner's key; undefined only where its document says that it was destroyed. Throws KeyUnavailable where there is
   * no document, or none that can be read. Those asked for at once are looked up at once.
   */
  async find(owner: string): Promise<Buffer | undefined> {
    const cached = this.cache.get(owner);
    if (cached) return cached;
    const under = this.asked.get(owner);
    if (under) return under;
    const asking = this.lookUp(owner);
    this.asked.set(owner, asking);
    try {
      const key = await asking;
      // Destroyed meanwhile, it is no longer asked for.
      if (key && this.asked.get(owner) === asking) this.cache.set(owner, key);
      return key;
    } finally {
      if (this.asked.get(owner) === asking) this.asked.delete(owner);
    }
  }

  private async lookUp(owner: string): Promise<Buffer | undefined> {
    let document: KeyDocument | undefined;
    try {
      document = await this.document(owner);
      if (document?.destroyedAt) return undefined;
      if (document?.wrapped) return await this.master.unwrap(document.wrapped, owner, document.master);
    } catch (error) {
      throw this.unavailable(owner, error instanceof WrongMasterKey ? 'unreadable' : 'unanswered', error);
    }
    throw this.unavailable(owner, document ? 'unreadable' : 'missing');
  }

  /** Whether there is a key that was not destroyed; whether it opens is not asked. */
  async isHeld(owner: string): Promise<boolean> {
    if (this.cache.has(owner)) return true;
    const document = await this.document(owner);
    return document !== undefined && !document.destroyedAt;
  }

  /** The error for a key that cannot be used; counts it, and tells operators whose key it is. */
  unavailable(owner: string, trouble: KeyTrouble, cause?: unknown): KeyUnavailable {
    const error = new KeyUnavailable(trouble, cause);
    keyFailures.inc({ trouble });
    const name = `${trouble} ${owner}`;
    if (!this.reported.has(name)) {
      this.reported.set(name, true);
      this.logger?.error('a data key cannot be used: what it seals waits', { part: owner, reason: trouble, error });
    }
    return error;
  }

  /** Destroys the owner's key, for good. Done twice, it is done once. */
  async destroy(owner: string, at: Date): Promise<void> {
    this.forget(owner);
    await this.keys.updateOne(
      { _id: owner },
      { $unset: { wrapped: 1, master: 1 }, $set: { destroyedAt: at }, $setOnInsert: { createdAt: at } },
      { upsert: true },
    );
    // Again: whoever asked for the key in between has put it back.
    this.forget(owner);
  }

  private forget(owner: string): void {
    this.cache.delete(owner);
    this.asked.delete(owner);
  }

  /** Throws, in words for an operator, where the master key is not the one that this vault was sealed with. */
  async check(): Promise<void> {
    const document = await this.checks.findOne({ _id: CHECK._id }, { promoteBuffers: true });
    // A vault of before there was a check is judged by one of its keys.
    const sample = document ?? (await this.keys.findOne({ wrapped: { $exists: true } }, { promoteBuffers: true }));
    try {
      if (sample?.wrapped) await this.master.unwrap(sample.wrapped, sample._id, sample.master);
    } catch (error) {
      if (!(error instanceof WrongMasterKey)) throw error;
      throw new Error(
        'The master key (MASTER_KEY) is not the one that the stored data was sealed with: nothing personal could be ' +
          'read. Put back the right one; while keys are being rotated, name the former one in MASTER_KEY_OTHERS. ' +
          'If it is lost, what it sealed is lost with it.',
        { cause: error },
      );
    }
    if (!document) await this.writeCheck();
  }

  /**
   * Wraps anew every data key that another master key wrapped, while all goes on. Begun again after it was cut short,
   * it goes on with those that are left. The check is last: until then the former master key is asked for at boot.
   */
  async rotate(onProgress: (done: { rewrapped: number; seen: number }) => void = () => undefined) {
    const done = { rewrapped: 0, seen: 0 };
    for (let after = ''; ;) {
      const page = await this.keys
        .find({ _id: { $gt: after } }, { promoteBuffers: true })
        .sort({ _id: 1 })
        .limit(PAGE)
        .toArray();
      for (const { _id, wrapped, master } of page) {
        if (!wrapped || master === this.master.current) continue;
        const again = await this.master.wrap(await this.master.unwrap(wrapped, _id, master), _id);
        // A key that is destroyed meanwhile stays destroyed: only what was read is replaced.
        const found = { _id, wrapped };
        const { matchedCount } = await this.keys.updateOne(found, {
          $set: { wrapped: again, master: this.master.current },
        });
        done.rewrapped += matchedCount;
      }
      done.seen += page.length;
      onProgress(done);
      if (page.length < PAGE) break;
      after = page.at(-1)!._id;
    }
    await this.writeCheck();
    return done;
  }

  private async writeCheck(): Promise<void> {
    const wrapped = await this.master.wrap(CHECK.value, CHECK._id);
    const written = { wrapped, master: this.master.current, createdAt: new Date() };
    await this.checks.updateOne({ _id: CHECK._id }, { $set: written }, { upsert: true });
  }
}
