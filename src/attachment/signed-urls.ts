import { parse, stringify } from 'uuid';
import { MINUTE, type Clock } from '../core/clock.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';

/** What a signed URL lets one viewer do until it expires. */
export type SignedFile =
  | { kind: 'upload' | 'download'; referralId: string; attachmentId: string }
  | { kind: 'pdf'; referralId: string; version: number };

/** A URL that was given out here, read back. */
export type ReadFile = SignedFile & {
  /** Whether it was given out to this viewer. */
  isFor(viewerId: string): boolean;
};

const KINDS = ['upload', 'download', 'pdf'] as const;
/** How long a URL lives, in milliseconds. */
const LIVES = { upload: 30 * MINUTE, download: 5 * MINUTE, pdf: 5 * MINUTE };

/** Payload: kind (1), expiry in milliseconds (6), referral (16), attachment or version (16), viewer's mark (12). */
const EXPIRY = 1;
const REFERRAL = 7;
const SUBJECT = 23;
const VIEWER = 39;
const PAYLOAD = 51;
/** HMAC-SHA-256 cut to 128 bits (RFC 2104, section 5): the token stays under the 100 characters of Fastify's parameters. */
const SIGNATURE = 16;
/** Purposes of the keys. */
const SIGNING = 'file url';
const MARKING = 'file viewer';

/** Makes and reads the signed, short-lived URLs of files. They name nobody: of the viewer they hold a keyed hash. */
export class SignedUrls {
  constructor(
    private readonly secrets: Secrets,
    private readonly publicUrl: string,
    private readonly clock: Clock,
  ) {}

  /** A URL for one viewer, and when it ends. */
  make(file: SignedFile, viewerId: string): { url: string; expiresAt: Date } {
    const expiresAt = new Date(this.clock.now().getTime() + LIVES[file.kind]);
    const payload = Buffer.alloc(PAYLOAD);
    payload.writeUInt8(KINDS.indexOf(file.kind));
    payload.writeUIntBE(expiresAt.getTime(), EXPIRY, 6);
    payload.set(parse(file.referralId), REFERRAL);
    if (file.kind === 'pdf') payload.writeUInt32BE(file.version, SUBJECT);
    else payload.set(parse(file.attachmentId), SUBJECT);
    payload.set(this.mark(viewerId), VIEWER);
    const token = Buffer.concat([payload, this.sign(payload)]).toString('base64url');
    return { url: `${this.publicUrl.replace(/\/$/, '')}/files/${token}`, expiresAt };
  }

  /** Reads a token; throws NOT_FOUND where it was not made here, and FORBIDDEN from the instant at which it ends. */
  read(token: string): ReadFile {
    const bytes = Buffer.from(token, 'base64url');
    const payload = bytes.subarray(0, PAYLOAD);
    // A second spelling of the same bytes is not a token that was given out.
    const spelt = bytes.length === PAYLOAD + SIGNATURE && bytes.toString('base64url') === token;
    if (!spelt || !this.secrets.isMac(SIGNING, payload.toString('base64url'), bytes.subarray(PAYLOAD))) {
      throw new DomainError('NOT_FOUND', 'There is nothing at this address. Open the form again for a new link.');
    }
    if (this.clock.now().getTime() >= payload.readUIntBE(EXPIRY, 6)) {
      throw new DomainError('FORBIDDEN', 'This link has ended. Open the form again for a new one.');
    }
    const kind = KINDS[payload.readUInt8()]!;
    const referralId = stringify(payload.subarray(REFERRAL, SUBJECT));
    const isFor = (viewerId: string) => this.secrets.isMac(MARKING, viewerId, payload.subarray(VIEWER));
    if (kind === 'pdf') return { kind, referralId, version: payload.readUInt32BE(SUBJECT), isFor };
    return { kind, referralId, attachmentId: stringify(payload.subarray(SUBJECT, VIEWER)), isFor };
  }

  private mark(viewerId: string): Buffer {
    return this.secrets.mac(MARKING, viewerId).subarray(0, PAYLOAD - VIEWER);
  }

  private sign(payload: Buffer): Buffer {
    return this.secrets.mac(SIGNING, payload.toString('base64url')).subarray(0, SIGNATURE);
  }
}
