import { createHmac, hkdfSync } from 'node:crypto';

/**
 * Keys for separate purposes derived from the one application secret (HKDF-SHA-256, RFC 5869), so that what is learnt
 * of one use says nothing of another.
 */
export class Secrets {
  private readonly derived = new Map<string, Buffer>();

  constructor(private readonly root: Buffer) {
    if (root.length < 32) throw new Error('The application secret must hold at least 32 bytes.');
  }

  /** A 32-byte key for one purpose. */
  key(purpose: string): Buffer {
    let key = this.derived.get(purpose);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', this.root, Buffer.alloc(0), `frontdoor/${purpose}`, 32));
      this.derived.set(purpose, key);
    }
    return key;
  }

  /** HMAC-SHA-256 of `text` under the purpose's key. */
  mac(purpose: string, text: string): Buffer {
    return createHmac('sha256', this.key(purpose)).update(text).digest();
  }
}
