import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';

const PURPOSE = 'feed-cursor';
/** Of the signature. */
const BYTES = 12;

/** Cursors of the feed: a place in the log, good for one council and made nowhere but here. */
export class FeedCursors {
  constructor(private readonly secrets: Secrets) {}

  write(council: string, position: bigint): string {
    const place = position.toString(36);
    return `${place}.${this.secrets.mac(PURPOSE, `${council}/${place}`).subarray(0, BYTES).toString('base64url')}`;
  }

  /** The position in a cursor; 0 where there is none: the first event is the next. */
  read(council: string, cursor: string | undefined): bigint {
    if (!cursor) return 0n;
    const [place = '', signature = ''] = cursor.split('.');
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== BYTES || !this.secrets.isMac(PURPOSE, `${council}/${place}`, given)) {
      const message =
        'This cursor is none of this feed. Send one that it gave you, or none to begin with the first event.';
      throw new DomainError('BAD_INPUT', message, 'after');
    }
    // Its digits are known to be good: they were signed.
    return [...place].reduce((position, digit) => position * 36n + BigInt(parseInt(digit, 36)), 0n);
  }
}
