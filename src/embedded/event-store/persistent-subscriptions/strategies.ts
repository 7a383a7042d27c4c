import { createHash } from 'node:crypto';
import { Consumer } from './consumer.js';

export const STRATEGIES = ['DispatchToSingle', 'RoundRobin', 'Pinned'] as const;

export type StrategyName = (typeof STRATEGIES)[number];

/**
 * Chooses who gets a message of the given stream: a consumer, `busy` where nobody can take anything now, or `skip`
 * where only this message has to wait.
 */
export type Choose = (stream: string, consumers: readonly Consumer[]) => Consumer | 'busy' | 'skip';

export function strategy(name: StrategyName): Choose {
  if (name === 'RoundRobin') return roundRobin();
  return name === 'Pinned' ? pinned : dispatchToSingle;
}

/** Each in turn, passing over those that are full. */
function roundRobin(): Choose {
  let turn = 0;
  return (_stream, consumers) => {
    for (let step = 1; step <= consumers.length; step++) {
      const consumer = consumers[(turn + step) % consumers.length]!;
      if (consumer.freeSlots === 0) continue;
      turn = (turn + step) % consumers.length;
      return consumer;
    }
    return 'busy';
  };
}

/** The first who has room, so one does all while it keeps up. */
const dispatchToSingle: Choose = (_stream, consumers) => consumers.find((consumer) => consumer.freeSlots > 0) ?? 'busy';

/** A stream's messages go to one consumer as long as the consumers stay the same (the highest hash wins). */
const pinned: Choose = (stream, consumers) => {
  if (consumers.every((consumer) => consumer.freeSlots === 0)) return 'busy';
  const weight = ({ id }: Consumer) => createHash('sha1').update(id).update(stream).digest().readUInt32BE();
  const chosen = consumers.reduce((best, consumer) => (weight(consumer) > weight(best) ? consumer : best));
  return chosen.freeSlots > 0 ? chosen : 'skip';
};
