import type { EventStoreDBClient } from '@eventstore/db-client';
import { MongoServerError, type Collection, type Db } from 'mongodb';
import type { Leases } from '../../../projections/lease.js';
import { positionOf, readLogPage } from '../../core/read-log.js';
import { MINUTE, type Clock } from '../../core/clock.js';
import type { StoredRecord } from '../../core/event-log.js';
import type { Logger } from '../../core/logger.js';
import { Repeating } from '../../core/repeating.js';
import { EMPTY_ROOT, MerkleTree } from '../../core/merkle-tree.js';
import { erasesStream } from '../erasing.js';
import { rootName, type RootPlace } from './places.js';
import { hashOfLeaf, type Leaf, type Signer, type SignedRoot } from './signed-root.js';

const LEASE = 'audit-roots';
/** MongoDB's DuplicateKey. */
const DUPLICATE_KEY = 11000;

/** Thrown where another process has made the next root. */
class ProgressMoved extends Error {}

const PAGE = 1_000;
/** Leaves of one root: what is written stays a small file. */
const MOST_LEAVES = 4_000;

/** How far the roots have come: all that is needed to go on, whatever the size of the log. */
export interface RootProgress {
  _id: 'roots';
  number: number;
  position: string;
  tree: { size: number; subtrees: string[] };
  root: string;
  /** Signed, and not yet known to be kept outside: it is put there again before anything else. */
  pending: SignedRoot | null;
  /** True after the store was put back: the next root says so, and begins with the first event again. */
  restored?: boolean;
}

export interface GatherDeps {
  events: EventStoreDBClient;
  vault: Db;
  place: RootPlace;
  signer: Signer;
  leases: Pick<Leases, 'hold' | 'release'>;
  clock: Clock;
  logger: Logger;
}

/**
 * Gathers, time and again, the heads of all streams that moved since the last time into a signed root, and keeps it
 * outside the store. Reads only what is new in the log. Cut short anywhere, it goes on with the very same root.
 */
export class RootGathering {
  private readonly progress: Collection<RootProgress>;
  private readonly repeating = new Repeating(
    () => this.gather(),
    (error) => this.deps.logger.error('no audit root could be kept, will try again', { error }),
  );

  constructor(private readonly deps: GatherDeps) {
    this.progress = deps.vault.collection<RootProgress>('audit');
  }

  start(everyMinutes: number): void {
    this.repeating.start(everyMinutes * MINUTE);
  }

  stop(): Promise<void> {
    return this.repeating.stop();
  }

  /** Gathers all there is; gives the number of the newest root, 0 where there is none. */
  async gather(): Promise<number> {
    const { leases } = this.deps;
    if (!(await leases.hold(LEASE))) return (await this.where()).number;
    try {
      let at = await this.keep(await this.where());
      for (let ended = false; !ended && (await leases.hold(LEASE));) {
        const found = await this.read(BigInt(at.position));
        ended = found.ended;
        if (found.leaves.length > 0) at = await this.keep(await this.sign(at, found));
      }
      return at.number;
    } catch (error) {
      // Another process has the lease by now, and goes on from where it found the roots.
      if (error instanceof ProgressMoved) return (await this.where()).number;
      throw error;
    } finally {
      await leases.release(LEASE);
    }
  }

  private async where(): Promise<RootProgress> {
    const tree = MerkleTree.empty().toJSON();
    const nothing = { _id: 'roots' as const, number: 0, position: '0', tree, root: EMPTY_ROOT, pending: null };
    return (await this.progress.findOne({ _id: 'roots' })) ?? nothing;
  }

  /** The heads in what is new behind a position: up to the log's end, or to as many as one root takes. */
  private async read(from: bigint) {
    const heads = new Map<string, Leaf>();
    const erased = new Set<string>();
    for (let position = from; ;) {
      const { records, ended } = await readLogPage(this.deps.events, position, PAGE);
      for (const record of records) {
        const { streamId } = record;
        position = positionOf(record);
        if (streamId.startsWith('$')) continue;
        heads.set(streamId, leafOf(record));
        if (erasesStream(record)) erased.add(streamId);
        if (heads.size === MOST_LEAVES) return { leaves: [...heads.values()], erased, position, ended: false };
      }
      if (ended) return { leaves: [...heads.values()], erased, position, ended: true };
    }
  }

  private async sign(before: RootProgress, { leaves, erased, position }: Awaited<ReturnType<RootGathering['read']>>) {
    const tree = MerkleTree.of(before.tree);
    for (const leaf of leaves) tree.add(hashOfLeaf(leaf));
    const root = {
      format: 1 as const,
      number: before.number + 1,
      at: this.deps.clock.now().toISOString(),
      position: String(position),
      size: tree.size,
      root: tree.root(),
      previousRoot: before.root,
      restored: before.restored ?? false,
      erased: [...erased],
    };
    const pending = this.deps.signer.sign(root, leaves);
    const { number } = root;
    const after = { number, position: root.position, tree: tree.toJSON(), root: root.root, pending, restored: false };
    // Decided here before it leaves: whatever happens on its way, there is one root of this number.
    await this.move(before, after);
    return { _id: 'roots' as const, ...after };
  }

  private async keep(at: RootProgress): Promise<RootProgress> {
    if (!at.pending) return at;
    const { place, signer } = this.deps;
    await place.addPublicKey(signer.publicKey);
    await place.keep(rootName(at.number), `${JSON.stringify(at.pending)}\n`);
    await this.move(at, { pending: null });
    return { ...at, pending: null };
  }

  /** Changes the progress by compare-and-set: a process that was replaced while it was held up changes nothing. */
  private async move(before: RootProgress, changed: Partial<RootProgress>): Promise<void> {
    const { _id, number, position, root } = before;
    const asLeft = { _id, number, position, root, 'pending.number': before.pending?.number ?? null };
    if ((await this.progress.updateOne(asLeft, { $set: changed })).matchedCount > 0) return;
    if (number > 0 || (await this.progress.findOne({ _id }))) throw new ProgressMoved();
    try {
      await this.progress.insertOne({ ...before, ...changed });
    } catch (error) {
      // Another process has made the first root.
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) throw new ProgressMoved();
      throw error;
    }
  }
}

function leafOf({ streamId, revision, metadata }: StoredRecord): Leaf {
  // What has no hash is none of ours: that shows when the history is verified.
  return [streamId, Number(revision), (metadata as { hash?: string } | undefined)?.hash ?? ''];
}
