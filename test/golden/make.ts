import { appendFileSync, writeFileSync } from 'node:fs';
import { START } from '@eventstore/db-client';
import type { StoredRecord } from '../../src/core/event-log.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import {
  allKinds,
  goldenFile,
  goldenKeys,
  goldenLines,
  goldenLog,
  keysFile,
  shapeOf,
  type GoldenLine,
} from './golden.js';
import { journey } from './journey.js';

/**
 * `npm run golden`: plays a journey on real stores and adds to the golden log one fact of every type and shape that it
 * does not hold yet. What is in it already is never changed: that is what it is for.
 */
const kinds = await allKinds();
const keys: Record<string, string> = {};
const lines: GoldenLine[] = [];
let seen = -1n;

/** Takes what is new in the log, as long as its keys are there. */
async function collect({ platform }: TimedFrontdoor): Promise<void> {
  for await (const { event } of platform.events.readAll({ fromPosition: START })) {
    const position = event?.position.commit ?? 0n;
    if (!event || event.streamId.startsWith('$') || position <= seen) continue;
    seen = position;
    const record = event as unknown as StoredRecord;
    const kind = kinds.find(({ category }) => record.streamId.startsWith(`${category}-`))!;
    const owner = kind.keyOwner?.(record.streamId);
    const key = owner && (await platform.keys.find(owner));
    if (key) keys[owner] ??= key.toString('base64');
    const { data: opened } = await goldenLog(keys).open({ ...kind, upcast: undefined }, record);
    const { streamId: stream, id, type, data, metadata } = record;
    lines.push({
      stream,
      revision: Number(record.revision),
      id,
      type,
      data,
      metadata,
      opened: opened as GoldenLine['opened'],
    });
  }
}

const frontdoor = await startTimedFrontdoor();
try {
  await journey(frontdoor, () => collect(frontdoor));
} finally {
  await frontdoor.stop();
}
const known = new Set(goldenLines().map(shapeOf));
const added = lines.filter((line) => !known.has(shapeOf(line)) && known.add(shapeOf(line)));
if (added.length > 0) appendFileSync(goldenFile, added.map((line) => `${JSON.stringify(line)}\n`).join(''));
const owners = new Set(
  added.map(({ stream }) => kinds.find(({ category }) => stream.startsWith(`${category}-`))?.keyOwner?.(stream)),
);
const own = Object.fromEntries(Object.entries(keys).filter(([owner]) => owners.has(owner)));
writeFileSync(keysFile, `${JSON.stringify({ ...goldenKeys(), ...own }, null, 2)}\n`);
const types = kinds.flatMap(({ clear }) => Object.keys(clear));
const missing = types.filter((type) => !goldenLines().some((line) => line.type === type));
console.log(`${added.length} facts added: ${added.map(({ type }) => type).join(', ') || 'none'}`);
if (missing.length > 0)
  console.log(`NOT in the journey (test/golden/journey.ts), and so without a line: ${missing.join(', ')}`);
process.exit(missing.length > 0 ? 1 : 0);
