import { createHash } from 'node:crypto';

/** The root of the tree without leaves: the hash of nothing (RFC 9162, 2.1.1). */
export const EMPTY_ROOT = createHash('sha256').digest('hex');

/** SHA-256 of a leaf, told apart from a node by its first byte (RFC 9162, 2.1.1). */
export function leafHash(leaf: string): Buffer {
  return createHash('sha256').update('\0').update(leaf).digest();
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update('\x01').update(left).update(right).digest();
}

/**
 * An append-only Merkle tree (RFC 9162) of which only the complete subtrees' hashes are kept, largest first: a root
 * after n leaves costs log n hashes, and no leaf is read again.
 */
export class MerkleTree {
  private constructor(
    private count: number,
    private readonly subtrees: Buffer[],
  ) {}

  static empty(): MerkleTree {
    return new MerkleTree(0, []);
  }

  /** A tree that goes on where another stood: `subtrees` as `toJSON` gave them, in hexadecimal. */
  static of({ size, subtrees }: { size: number; subtrees: readonly string[] }): MerkleTree {
    return new MerkleTree(
      size,
      subtrees.map((hash) => Buffer.from(hash, 'hex')),
    );
  }

  get size(): number {
    return this.count;
  }

  add(leaf: Buffer): void {
    this.subtrees.push(leaf);
    this.count += 1;
    // As many trees of equal size meet as the count has noughts at its end.
    for (let halves = this.count; halves % 2 === 0; halves /= 2) {
      const right = this.subtrees.pop()!;
      this.subtrees.push(nodeHash(this.subtrees.pop()!, right));
    }
  }

  /** The root, in hexadecimal. */
  root(): string {
    const root = this.subtrees.reduceRight<Buffer | undefined>(
      (right, left) => (right ? nodeHash(left, right) : left),
      undefined,
    );
    return root?.toString('hex') ?? EMPTY_ROOT;
  }

  toJSON(): { size: number; subtrees: string[] } {
    return { size: this.count, subtrees: this.subtrees.map((hash) => hash.toString('hex')) };
  }
}

/** The hashes that lead from one leaf to the root (RFC 9162, 2.1.3.1), the leaf's neighbour first. */
export function inclusionPath(index: number, leaves: readonly Buffer[]): string[] {
  if (leaves.length <= 1) return [];
  const split = largestPowerBelow(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split
    ? [...inclusionPath(index, left), rootOf(right).toString('hex')]
    : [...inclusionPath(index - split, right), rootOf(left).toString('hex')];
}

function rootOf(leaves: readonly Buffer[]): Buffer {
  const tree = MerkleTree.empty();
  for (const leaf of leaves) tree.add(leaf);
  return Buffer.from(tree.root(), 'hex');
}

function largestPowerBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}
