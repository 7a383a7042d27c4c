import { randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Collection, Db } from 'mongodb';
import { MongoServerError } from 'mongodb';
import { seal, unseal } from './seal.js';

interface KeyDocument {
  /** The owner: the stream name of the account or referral whose data the key seals. */
  _id: string;
  wrapped?: Buffer;
  createdAt: Date;
  destroyedAt?: Date;
}

/** How long a process may go on using a key that another process has destroyed, in milliseconds. */
const CACHED_FOR = 30_000;

/**
 * One data key for each account and referral, wrapped by the master key and kept in the vault. Destroying a key is
 * erasing what it sealed; a destroyed key leaves its name behind, so that none can take its place.
 */
export class DataKeys {
  private readonly keys: Collection<KeyDocument>;
  private readonly cache = new LRUCache<string, Buffer>({ max: 20_000, ttl: CACHED_FOR });

  constructor(
    vault: Db,
    private readonly master: Buffer,
  ) {
    this.keys = vault.collection<KeyDocument>('keys');
  }

  /** The owner's key, made now where there never was one; undefined where it was destroyed. */
  async create(owner: string): Promise<Buffer | undefined> {
    const key = randomBytes(32);
    try {
      await this.keys.insertOne({ _id: owner, wrapped: seal(this.master, key, owner), createdAt: new Date() });
    } catch (error) {
      if (error instanceof MongoServerError && error.code === 11000) return this.find(owner);
      throw error;
    }
    this.cache.set(owner, key);
    return key;
  }

  /** The owner's key; undefined where it was destroyed or never made. */
  async find(owner: string): Promise<Buffer | undefined> {
    const cached = this.cache.get(owner);
    if (cached) return cached;
    const document = await this.keys.findOne({ _id: owner }, { promoteBuffers: true });
    if (!document?.wrapped) return undefined;
    const key = unseal(this.master, document.wrapped, owner);
    this.cache.set(owner, key);
    return key;
  }

  /** Destroys the owner's key, for good. Done twice, it is done once. */
  async destroy(owner: string, at: Date): Promise<void> {
    this.cache.delete(owner);
    await this.keys.updateOne(
      { _id: owner },
      { $unset: { wrapped: 1 }, $set: { destroyedAt: at }, $setOnInsert: { createdAt: at } },
      { upsert: true },
    );
    // Again: whoever asked for the key in between has put it back.
    this.cache.delete(owner);
  }
}
