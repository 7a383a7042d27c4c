import type { Db } from 'mongodb';
import type { FileStore } from '../attachment/file-store.js';
import type { RootProgress } from '../audit/roots/gather.js';
import type { RootPlace } from '../audit/roots/places.js';
import { readRoots } from '../audit/roots/read-roots.js';
import { readPublicKeys, type Signer } from '../audit/roots/signed-root.js';
import type { Clock } from '../core/clock.js';
import type { CommandHandling } from '../core/handle-command.js';
import type { DataKeys } from '../core/keys.js';
import type { Secrets } from '../core/secrets.js';
import { recordErasure } from './record-erasure.js';

export interface AfterRestoreDeps {
  vault: Db;
  keys: DataKeys;
  files: FileStore;
  handling: CommandHandling;
  secrets: Secrets;
  place: RootPlace;
  signer: Signer;
  clock: Clock;
}

export interface AfterRestore {
  /** Roots found. None: nothing is known of what was erased since the backup. */
  roots: number;
  /** Streams whose data was erased again. */
  erasedAgain: number;
  /** What is wrong with the roots; nothing was done then. */
  problems: string[];
}

const ACTOR = { kind: 'system' as const, id: 'after-restore', name: 'After a restore' };
const REASON = 'Erased before an older backup was put back, and erased again.';

/**
 * What a store needs that was put back to an older state: what was erased since, as the signed roots list it, is erased
 * again, and the roots go on behind the newest there is, saying that the store was put back. Done twice, done once.
 */
export async function afterRestore(deps: AfterRestoreDeps): Promise<AfterRestore> {
  const { vault, keys, files, place, signer, clock } = deps;
  const found = await readRoots(place, readPublicKeys(signer.publicKey));
  const { roots, problems } = found;
  if (roots === 0 || problems.length > 0) return { roots, erasedAgain: 0, problems };
  let erasedAgain = 0;
  for (const stream of found.erased.keys()) {
    const held = await keys.isHeld(stream);
    if (held) {
      await recordErasure(deps, stream, ACTOR, REASON);
      erasedAgain += 1;
    }
    // Also the keys of streams that the backup does not know: they must never be made.
    await keys.destroy(stream, clock.now());
    // The log is older than the vault: without the erasure in it nothing more could be appended to this stream.
    if (!held) await recordErasure(deps, stream, ACTOR, REASON);
    await files.deleteAll(stream);
  }
  const { tree, root } = found;
  const progress = vault.collection<RootProgress>('audit');
  const before = await progress.findOne({ _id: 'roots' });
  if (before && before.number === roots && before.root === root) return { roots, erasedAgain, problems };
  const after = { number: roots, position: '0', tree, root, pending: null, restored: true };
  await progress.updateOne({ _id: 'roots' }, { $set: after }, { upsert: true });
  return { roots, erasedAgain, problems };
}
