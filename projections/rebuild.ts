import type { EventStoreDBClient } from '@eventstore/db-client';
import { Applying, isFor, type ApplyTools } from './applying.js';
import type { Controls } from './controls.js';
import type { Follower } from './follow.js';
import { positionOf, readLogPage } from '../src/core/read-log.js';
import type { Shadow, ShadowState } from './shadow.js';

export interface RebuildTools extends ApplyTools {
  client: EventStoreDBClient;
  controls: Controls;
}

export interface Rebuilding {
  follower: Follower;
  shadow: Shadow;
  /** The operator's request: a rebuild is taken up again where it was left. */
  id: string;
  /** Runs something while the live follower stands still, as long as this process is surely the one that runs it. */
  alone: (work: () => Promise<void>) => Promise<void>;
  signal: AbortSignal;
}

const PAGE = 500;

/** Builds a read model beside the live one from the first event on, then puts it in its place. */
export async function rebuild(rebuilding: Rebuilding, tools: RebuildTools): Promise<void> {
  const { follower, shadow, id, signal, alone } = rebuilding;
  const { parked, controls, logger, client } = tools;
  let state = await shadow.state();
  if (state?.rebuild !== id) {
    await parked.clear(shadow.name);
    state = await shadow.begin(id);
  }
  const { kinds, endings } = follower;
  const beside = { name: shadow.name, kinds, endings, handle: shadow.handle.bind(shadow) };
  const applying = await Applying.open(beside, tools);

  const toTheEnd = async (from: ShadowState): Promise<ShadowState> => {
    let now = from;
    for (let ended = false; !ended && !signal.aborted;) {
      const page = await readLogPage(client, now.position, PAGE);
      const own = page.records.filter((record) => isFor(follower, record));
      await applying.apply(own);
      const position = page.records.length > 0 ? positionOf(page.records.at(-1)!) : now.position;
      now = { ...now, position, events: now.events + own.length };
      if (!(await shadow.note(now))) throw new Error('Another process has switched this rebuild over.');
      await controls.rebuilding(follower.name, id, position, now.events);
      ended = page.ended;
    }
    return now;
  };

  state = await toTheEnd(state);
  await alone(async () => {
    // What came meanwhile: the live follower waits for these few.
    await toTheEnd(state);
    if (signal.aborted) return;
    await shadow.switchOver();
    await endRebuild(follower.name, shadow, tools);
    await shadow.end();
    logger.info('a read model was built anew and took its place', { follower: follower.name });
  });
}

/** Ends a rebuild that was switched over: what it parked is the follower's now. Done again, it changes nothing. */
export async function endRebuild(
  follower: string,
  shadow: Shadow,
  { parked, controls }: Pick<RebuildTools, 'parked' | 'controls'>,
): Promise<ShadowState | undefined> {
  const switched = await shadow.switched();
  if (!switched) return undefined;
  await parked.handOver(shadow.name, follower, switched.rebuild);
  await controls.rebuilt(follower, switched.rebuild, switched.events);
  return switched;
}
