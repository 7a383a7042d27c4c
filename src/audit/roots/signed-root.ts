import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { canonicalJson } from '../../core/canonical-json.js';
import { leafHash } from '../../core/merkle-tree.js';

/** The head of a stream as it was gathered: the newest fact's revision and hash. */
export type Leaf = [stream: string, revision: number, hash: string];

/** What is signed: the state of the whole log up to a position. Nothing in it is personal. */
export interface Root {
  format: 1;
  /** From 1, without gaps. */
  number: number;
  /** When it was gathered, ISO text. */
  at: string;
  /** How far in the log it goes: every event up to here is covered by a leaf of this root or an earlier one. */
  position: string;
  /** Leaves in the tree, those of earlier roots included. */
  size: number;
  /** Root of the append-only Merkle tree (RFC 9162) over the leaves of all roots so far, in hexadecimal. */
  root: string;
  previousRoot: string;
  /** True where the store was put back to an older state before: the heads of earlier roots do not hold any more. */
  restored: boolean;
  /** Streams whose data was erased since the root before: done again where an older backup is put back. */
  erased: string[];
}

/** A root as it is kept outside the store. */
export interface SignedRoot extends Root {
  /** The leaves that are new in it: the heads that moved since the root before, in the order of the tree. */
  leaves: Leaf[];
  /** SHA-256 of the public key that verifies it, in hexadecimal. */
  key: string;
  /** Ed25519 over the canonical JSON of the members of Root, in base64. */
  signature: string;
}

export function leafText(leaf: Leaf): string {
  return leaf.join('\n');
}

export function hashOfLeaf(leaf: Leaf): Buffer {
  return leafHash(leafText(leaf));
}

/** What stands before the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

export interface Signer {
  /** The public key in PEM. */
  publicKey: string;
  sign(root: Root, leaves: Leaf[]): SignedRoot;
}

/** Signs roots with the Ed25519 key of a seed of 32 bytes. */
export function rootSigner(seed: Buffer): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key);
  return {
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
    sign: (root, leaves) => ({
      ...root,
      leaves,
      key: fingerprint(publicKey),
      signature: sign(null, signedText(root), key).toString('base64'),
    }),
  };
}

/** Every public key in a PEM text: after a change of keys there are several. */
export function readPublicKeys(pem: string): KeyObject[] {
  return (pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []).map((one) =>
    createPublicKey(one),
  );
}

export function isSignedBy(root: SignedRoot, keys: readonly KeyObject[]): boolean {
  const signature = Buffer.from(root.signature, 'base64');
  return keys.some((key) => fingerprint(key) === root.key && verify(null, signedText(root), key, signature));
}

function fingerprint(key: KeyObject): string {
  return createHash('sha256')
    .update(key.export({ format: 'der', type: 'spki' }))
    .digest('hex');
}

function signedText(given: Root): Buffer {
  const { format, number, at, position, size, root, previousRoot, restored, erased } = given;
  return Buffer.from(canonicalJson({ format, number, at, position, size, root, previousRoot, restored, erased }));
}
