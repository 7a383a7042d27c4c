import { createCipheriv, createDecipheriv } from 'node:crypto';
import { parse, stringify } from 'uuid';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';

/** Which account and which challenge a caller's challenge id stands for. */
export interface ChallengeRef {
  accountId: string;
  challengeId: string;
}

const NONCE = 12;
const TAG = 16;
const UUID = 16;

/**
 * The challenge id as a caller sees it: the account's and the challenge's ids, encrypted, so that it needs no look-up,
 * tells nothing and cannot be made up. The nonce is derived from the content: the same challenge has the same id.
 */
export function challengeToken(secrets: Secrets, { accountId, challengeId }: ChallengeRef): string {
  const plain = Buffer.concat([parse(accountId), parse(challengeId)]);
  const nonce = secrets.mac('challenge nonce', plain.toString('hex')).subarray(0, NONCE);
  const cipher = createCipheriv('aes-256-gcm', secrets.key('challenge'), nonce);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url');
}

/** Reads a challenge id; throws BAD_INPUT where this service never gave it out. */
export function readChallengeToken(secrets: Secrets, token: string): ChallengeRef {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length === NONCE + TAG + 2 * UUID) {
    for (const key of secrets.keys('challenge')) {
      const plain = opened(key, bytes);
      if (plain) return { accountId: stringify(plain.subarray(0, UUID)), challengeId: stringify(plain.subarray(UUID)) };
    }
  }
  throw new DomainError('BAD_INPUT', 'This challengeId was not given out here. Please start again.', 'challengeId');
}

/** What was encrypted under the key; undefined where it was another, or a byte was changed. */
function opened(key: Buffer, bytes: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE));
  decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]);
  } catch {
    return undefined;
  }
}
