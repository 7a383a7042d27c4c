import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { inclusionPath, leafHash, MerkleTree } from '../../src/core/merkle-tree.js';

/** Test vectors of Certificate Transparency's reference implementation (RFC 6962): leaves in hexadecimal, roots by size. */
const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const roots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const hashes = leaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex').toString('latin1')));

describe('a Merkle tree', () => {
  test.each(roots.map((root, size) => [size, root]))(
    'of %i leaves has the root that RFC 6962 gives it',
    (size, root) => {
      const tree = MerkleTree.empty();
      for (const hash of hashes.slice(0, Number(size))) tree.add(hash);
      expect([tree.size, tree.root()]).toEqual([size, root]);
    },
  );

  test('goes on from what was kept of it as if it had never stopped', () => {
    const count = fc.nat({ max: 70 });
    fc.assert(
      fc.property(count, count, (before, after) => {
        const all = Array.from({ length: before + after }, (_, n) => leafHash(String(n)));
        const whole = MerkleTree.empty();
        for (const hash of all) whole.add(hash);
        const first = MerkleTree.empty();
        for (const hash of all.slice(0, before)) first.add(hash);
        const second = MerkleTree.of(JSON.parse(JSON.stringify(first)) as ReturnType<MerkleTree['toJSON']>);
        for (const hash of all.slice(before)) second.add(hash);
        expect(second.root()).toBe(whole.root());
      }),
      { seed: 20261120 },
    );
  });

  test('has for each leaf a path that leads to its root, and for no other leaf', () => {
    for (const size of [1, 2, 3, 5, 8, 13]) {
      const all = Array.from({ length: size }, (_, n) => leafHash(String(n)));
      const tree = MerkleTree.empty();
      for (const hash of all) tree.add(hash);
      for (let index = 0; index < size; index += 1) {
        const path = inclusionPath(index, all);
        expect(rootFrom(all[index]!, index, size, path)).toBe(tree.root());
        expect(rootFrom(leafHash('other'), index, size, path)).not.toBe(tree.root());
      }
    }
  });
});

/** RFC 9162, 2.1.3.2. */
function rootFrom(leaf: Buffer, index: number, size: number, path: string[]): string {
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const step of path) {
    const sibling = Buffer.from(step, 'hex');
    const isRight = fn % 2 === 1 || fn === sn;
    hash = createHash('sha256')
      .update('\x01')
      .update(isRight ? Buffer.concat([sibling, hash]) : Buffer.concat([hash, sibling]))
      .digest();
    if (isRight) while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return hash.toString('hex');
}
