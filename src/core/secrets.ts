import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Secrets beside the one in force, of 32 bytes or more each. */
export interface OtherSecrets {
  /** Accepted, but made nothing with: those of before, or the next one while processes take it up one by one. */
  accepted?: readonly Buffer[];
  /** What look-ups are keyed by: it never changes, for what it named could not be found again. Absent: the one in force. */
  lookup?: Buffer;
}

/**
 * Keys for separate purposes derived from the application's secret (HKDF-SHA-256, RFC 5869), so that what is learnt of
 * one use says nothing of another. What is made with a secret is short-lived and outlives the secret's replacement for
 * as long as the old one is accepted; what is looked up by a keyed hash is kept for ever, and has a secret of its own.
 */
export class Secrets {
  private readonly derived = new Map<string, Buffer>();
  private readonly roots: readonly Buffer[];
  private readonly lookupRoot: Buffer;

  constructor(root: Buffer, { accepted = [], lookup = root }: OtherSecrets = {}) {
    this.roots = [root, ...accepted];
    this.lookupRoot = lookup;
    if ([...this.roots, lookup].some(({ length }) => length < 32)) {
      throw new Error('The application secret must hold at least 32 bytes.');
    }
  }

  /** The 32-byte key for one purpose by which things are made. */
  key(purpose: string): Buffer {
    return this.derive(0, purpose);
  }

  /** Every key for one purpose that is accepted, the one in force first. */
  keys(purpose: string): Buffer[] {
    return this.roots.map((_root, nth) => this.derive(nth, purpose));
  }

  /** HMAC-SHA-256 of `text` under the purpose's key. */
  mac(purpose: string, text: string): Buffer {
    return hmac(this.key(purpose), text);
  }

  /** The same under every accepted key, the one in force first. */
  macs(purpose: string, text: string): Buffer[] {
    return this.keys(purpose).map((key) => hmac(key, text));
  }

  /** Whether `given` is the beginning of `text`'s mac under an accepted key; takes the same time for any wrong one. */
  isMac(purpose: string, text: string, given: Buffer): boolean {
    return this.macs(purpose, text)
      .map((mac) => timingSafeEqual(mac.subarray(0, given.length), given))
      .includes(true);
  }

  /** HMAC-SHA-256 of `text` for what is kept and found again by it: the same for ever, whatever secret is in force. */
  lookup(purpose: string, text: string): Buffer {
    return hmac(this.derive('lookup', purpose), text);
  }

  private derive(which: number | 'lookup', purpose: string): Buffer {
    const name = `${which}/${purpose}`;
    let key = this.derived.get(name);
    if (!key) {
      const root = which === 'lookup' ? this.lookupRoot : this.roots[which]!;
      key = Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `frontdoor/${purpose}`, 32));
      this.derived.set(name, key);
    }
    return key;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
