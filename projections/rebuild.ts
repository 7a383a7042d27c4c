import type { EventStoreDBClient } from '@eventstore/db-client';
import { Applying, isFor, upToUnknown, type ApplyTools } from './applying.js';
import type { Controls } from './controls.js';
import type { Follower } from './follow.js';
import type { HeldCheckpoint } from './held-checkpoint.js';
import { positionOf, readLogPage } from '../src/core/read-log.js';
import type { Shadow } from './shadow.js';

export interface RebuildTools extends ApplyTools {
  client: EventStoreDBClient;
  controls: Controls;
}

export interface Rebuilding {
  follower: Follower;
  shadow: Shadow;
  /** The live read model's. */
  checkpoint: HeldCheckpoint;
  /** The operator's request: a rebuild is taken up again where it was left. */
  id: string;
  /** Runs something while the live follower stands still, as long as this process is surely the one that runs it. */
  alone: (work: () => Promise<void>) => Promise<void>;
  /** Whether it surely is at this moment. */
  isHeld: () => boolean;
  /** Called before the live follower goes on, on the new documents. */
  onSwitched?: () => Promise<void>;
  signal: AbortSignal;
}

const PAGE = 500;

/** Builds a read model beside the live one from the first event on, then puts it in its place. */
export async function rebuild(rebuilding: Rebuilding, tools: RebuildTools): Promise<void> {
  const { follower, shadow, checkpoint, id, signal, alone, isHeld, onSwitched } = rebuilding;
  const { parked, controls, logger, client } = tools;
  const { kinds, endings } = follower;
  let building = await shadow.take(id, checkpoint.term);
  if (!building) {
    await parked.clear(shadow.name);
    building = await shadow.begin(id, checkpoint.term);
  }
  const built = building;
  const beside = {
    name: shadow.name,
    kinds,
    endings,
    handle: (facts: Parameters<Follower['handle']>[0]) => shadow.handle(facts, built),
  };
  const applying = await Applying.open(beside, tools);

  const toTheEnd = async () => {
    for (let ended = false; !ended && !signal.aborted;) {
      const page = await readLogPage(client, built.checkpoint.position, PAGE);
      const { records, unknown } = upToUnknown(follower, page.records);
      const own = records.filter((record) => isFor(follower, record));
      await applying.apply(own);
      const position = records.length > 0 ? positionOf(records.at(-1)!) : built.checkpoint.position;
      const events = built.checkpoint.rebuild!.events + own.length;
      await built.checkpoint.move(position, { rebuild: { id, events } });
      await controls.rebuilding(follower.name, id, position, events);
      if (unknown) throw unknown;
      ended = page.ended;
    }
  };

  await toTheEnd();
  await alone(async () => {
    // What came meanwhile: the live follower waits for these few.
    await toTheEnd();
    if (signal.aborted) return;
    await checkpoint.confirm();
    const { position } = built.checkpoint;
    if (position < checkpoint.position) throw new Error('The rebuild was given less of the log than the read model.');
    if (!isHeld()) throw new Error('The lease was lost.');
    await shadow.switchOver(built);
    checkpoint.swapped(built.checkpoint);
    await endRebuild(follower, checkpoint, tools);
    await onSwitched?.();
    logger.info('a read model was built anew and took its place', { follower: follower.name });
  });
}

/** Ends a rebuild that was switched over: what it parked is the follower's now. Done again, it changes nothing. */
export async function endRebuild(
  { name, shadow }: Pick<Follower, 'name' | 'shadow'>,
  checkpoint: HeldCheckpoint,
  { parked, controls }: Pick<RebuildTools, 'parked' | 'controls'>,
): Promise<void> {
  const { rebuild: switched } = checkpoint;
  if (!switched || !shadow) return;
  await parked.handOver(shadow.name, name, switched.id);
  await controls.rebuilt(name, switched.id, switched.events);
  await checkpoint.endRebuild();
}
