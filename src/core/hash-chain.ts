import { hash as digest } from 'node:crypto';

/** What the first fact of a stream has for its previous hash. */
export const NO_HASH = '0'.repeat(64);

/** What a fact's hash covers: its place, and the bytes as stored (sealed), so that history verifies after erasure. */
export interface Link {
  previousHash: string;
  stream: string;
  revision: number;
  type: string;
  /** The stored data, as JSON text. */
  data: string;
  /** The stored metadata without its `hash`, as JSON text: who and when are evidence too. */
  metadata: string;
}

/** SHA-256 over the members of the link, each on a line of its own, as hexadecimal text. */
export function linkHash(link: Link): string {
  const { previousHash, stream, revision, type, data, metadata } = link;
  return digest('sha256', [previousHash, stream, revision, type, data, metadata].join('\n'), 'hex');
}
