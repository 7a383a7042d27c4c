import { createHmac } from 'node:crypto';
import { seal, unseal } from './seal.js';

/** What wraps data keys: a key of this process, or a key service that never gives its own away. */
export interface MasterKeys {
  /** Names the key that wraps now: a data key wrapped by another is due for `keys rotate`. */
  readonly current: string;
  wrap(key: Buffer, context: string): Promise<Buffer>;
  /** Opens what any of its keys wrapped; throws WrongMasterKey where none did. `id` is the name it was wrapped under. */
  unwrap(wrapped: Buffer, context: string, id?: string): Promise<Buffer>;
}

export class WrongMasterKey extends Error {
  constructor(options?: ErrorOptions) {
    super('None of the master keys at hand wrapped this data key.', options);
  }
}

/** Master keys from the settings: the first wraps, and each opens what it wrapped. */
export class LocalMasterKeys implements MasterKeys {
  readonly current: string;
  private readonly keys: Map<string, Buffer>;

  constructor(first: Buffer, others: readonly Buffer[] = []) {
    this.keys = new Map([first, ...others].map((key) => [nameOf(key), key]));
    this.current = nameOf(first);
  }

  async wrap(key: Buffer, context: string): Promise<Buffer> {
    return seal(this.keys.get(this.current)!, key, context);
  }

  async unwrap(wrapped: Buffer, context: string, id?: string): Promise<Buffer> {
    const named = id === undefined ? undefined : this.keys.get(id);
    for (const key of named ? [named] : this.keys.values()) {
      try {
        return unseal(key, wrapped, context);
      } catch {
        // Another one's: the next is tried.
      }
    }
    throw new WrongMasterKey();
  }
}

/** A name that tells nothing of the key. */
function nameOf(key: Buffer): string {
  return createHmac('sha256', key).update('frontdoor/master key').digest('hex').slice(0, 16);
}
