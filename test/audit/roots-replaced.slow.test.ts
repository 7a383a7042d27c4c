import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { FolderPlace } from '../../src/audit/roots/files-place.js';
import { readRoots } from '../../src/audit/roots/read-roots.js';
import { readPublicKeys } from '../../src/audit/roots/signed-root.js';
import { noHead } from '../../src/core/event-log.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { startStores, type Application, type Stores } from '../core/stores.js';
import { formStarted } from '../deciders/referral-story.js';
import { gatheringOf, request } from './log-file.js';

let folder: string;
let stores: Stores;
let application: Application;
let nth = 0;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'roots-'));
  stores = await startStores();
  application = stores.application();
});
afterEach(async () => {
  await stores.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** One referral more: something for the next root. */
async function happens(): Promise<void> {
  const stream = `referral-${(nth += 1)}`;
  await application.log.append(referralKind, stream, noHead, [formStarted()], request(stream, 0));
}

/** A process that stalls where `at` says, long enough for another to make the next roots. */
function stalling(at: 'read' | 'keep', meanwhile: () => Promise<void>) {
  let stalled = false;
  const stall = async () => {
    if (stalled) return;
    stalled = true;
    await stores.vault.collection('leases').deleteMany({});
    await meanwhile();
  };
  const place = new FolderPlace(folder);
  const keep = place.keep.bind(place);
  const { client } = application;
  if (at === 'keep') {
    place.keep = async (name, text) => {
      await stall();
      await keep(name, text);
    };
    return gatheringOf(application, stores, place);
  }
  const readAll = (...asked: Parameters<typeof client.readAll>) => {
    const reading = client.readAll(...asked);
    const events = async function* () {
      for await (const event of reading) yield event;
      await stall();
    };
    return Object.assign(Readable.from(events()), { cancel: () => reading.cancel() });
  };
  return gatheringOf({ ...application, client: { readAll } as unknown as typeof client }, stores, place);
}

test.each([
  ['while it reads for', 'read', 0],
  ['while it reads for', 'read', 1],
  ['before it keeps', 'keep', 0],
  ['before it keeps', 'keep', 1],
] as const)(
  'a process that stalls %s a root that another makes instead leaves the roots whole (%s, %i before)',
  async (_when, at, before) => {
    const other = gatheringOf(application, stores, new FolderPlace(folder));
    for (let made = 0; made < before; made += 1) {
      await happens();
      await other.gather();
    }
    await happens();
    const one = stalling(at, async () => {
      await happens();
      await other.gather();
      await happens();
      await other.gather();
    });
    await one.gather();
    await happens();
    const newest = await one.gather();
    await happens();
    expect(await other.gather()).toBe(newest + 1);
    const place = new FolderPlace(folder);
    const { problems, roots, heads } = await readRoots(place, readPublicKeys(await place.publicKeys()));
    expect({ problems, roots, streams: heads.size }).toEqual({ problems: [], roots: newest + 1, streams: before + 5 });
  },
);
