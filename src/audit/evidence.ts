import type { EventLog } from '../core/event-log.js';
import { inclusionPath } from '../core/merkle-tree.js';
import { recordOf } from './log-record.js';
import { readRoot, type RootPlace } from './roots/places.js';
import { hashOfLeaf, type Leaf, type SignedRoot } from './roots/signed-root.js';

/**
 * One history as evidence, in JSON Lines: the records as they are stored, sealed, and where there is a signed root with
 * a head of it, the path that leads from that head to the newest root, and the root with its signature. Nothing else is
 * needed to verify it but the public key (deploy/verify-history.mjs).
 */
export async function evidenceOf(log: EventLog, stream: string, place: RootPlace): Promise<string[]> {
  const lines: string[] = [];
  for await (const record of log.records(stream)) {
    const { revision, id, type, data, metadata } = recordOf(record);
    lines.push(JSON.stringify({ kind: 'record', stream, revision, id, type, data, metadata }));
  }
  const proof = await proofOf(stream, place);
  return proof ? [...lines, JSON.stringify({ kind: 'proof', ...proof })] : lines;
}

/** The newest signed head of a stream, and how it follows from the newest root. */
async function proofOf(stream: string, place: RootPlace) {
  const hashes: Buffer[] = [];
  let found: { index: number; leaf: Leaf } | undefined;
  let newest: Omit<SignedRoot, 'leaves'> | undefined;
  for await (const { text } of place.roots()) {
    const root = readRoot(text);
    if (!root) continue;
    const { leaves, ...signed } = root;
    for (const leaf of leaves) {
      if (leaf[0] === stream) found = { index: hashes.length, leaf };
      hashes.push(hashOfLeaf(leaf));
    }
    newest = signed;
  }
  return found && newest && { ...found, path: inclusionPath(found.index, hashes), root: newest };
}
