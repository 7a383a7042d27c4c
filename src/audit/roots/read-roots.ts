import type { KeyObject } from 'node:crypto';
import { EMPTY_ROOT, MerkleTree } from '../../core/merkle-tree.js';
import { readRoot, rootName, type RootPlace } from './places.js';
import { hashOfLeaf, isSignedBy } from './signed-root.js';

/** A head as it was signed. */
export interface SignedHead {
  revision: number;
  hash: string;
  /** When, and in which root. */
  at: string;
  root: number;
}

/** All that the roots say of the log, once they have been verified themselves. */
export interface SignedHeads {
  roots: number;
  /** When the newest was gathered; null where there is none. */
  newest: string | null;
  /** Every event up to here is covered. */
  position: bigint;
  /** By stream, oldest first. */
  heads: Map<string, SignedHead[]>;
  /** Streams erased, and when at the latest. */
  erased: Map<string, string>;
  /** When the store was put back to an older state, if ever: the latest time. */
  restored: string | null;
  tree: { size: number; subtrees: string[] };
  root: string;
  /** What is wrong with the roots themselves. */
  problems: string[];
}

/**
 * Reads and verifies all roots of a place: every signature, that none is missing, and that each continues the tree of
 * the one before, by adding its leaves to it. `before`: roots of later than that instant are left out.
 */
export async function readRoots(place: RootPlace, keys: readonly KeyObject[], before?: Date): Promise<SignedHeads> {
  const nothing = { roots: 0, newest: null, position: 0n, restored: null, root: EMPTY_ROOT, problems: [] };
  const found: SignedHeads = { ...nothing, heads: new Map(), erased: new Map(), tree: MerkleTree.empty().toJSON() };
  const tree = MerkleTree.empty();
  let last = EMPTY_ROOT;
  for await (const { name, text } of place.roots()) {
    const wrong = (what: string) => found.problems.push(`${name}: ${what}`);
    const root = readRoot(text);
    if (!root) {
      wrong('damaged: it is no root any more');
      continue;
    }
    if (before && Date.parse(root.at) > before.getTime()) break;
    if (name !== rootName(root.number)) wrong(`says that it is root ${root.number}`);
    if (root.number !== found.roots + 1) wrong(`comes after root ${found.roots}: roots are missing between them`);
    if (!isSignedBy(root, keys)) wrong('its signature does not fit');
    if (root.previousRoot !== last) wrong('does not continue the root before it');
    if (root.restored) {
      found.heads.clear();
      found.restored = root.at;
    }
    for (const leaf of root.leaves) {
      tree.add(hashOfLeaf(leaf));
      const [stream, revision, hash] = leaf;
      const heads = found.heads.get(stream) ?? [];
      if (heads.length === 0) found.heads.set(stream, heads);
      heads.push({ revision, hash, at: root.at, root: root.number });
    }
    if (tree.size !== root.size || tree.root() !== root.root) wrong('its leaves are not those that were signed');
    for (const stream of root.erased) found.erased.set(stream, root.at);
    found.roots = root.number;
    found.newest = root.at;
    found.position = BigInt(root.position);
    last = root.root;
  }
  return { ...found, tree: tree.toJSON(), root: last };
}
