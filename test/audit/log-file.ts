import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Leases } from '../../projections/lease.js';
import { eventsFile } from '../../src/audit/folder-log.js';
import { RootGathering } from '../../src/audit/roots/gather.js';
import { FolderPlace } from '../../src/audit/roots/files-place.js';
import type { RootPlace } from '../../src/audit/roots/places.js';
import { readRoots, type SignedHeads } from '../../src/audit/roots/read-roots.js';
import { readPublicKeys, rootSigner } from '../../src/audit/roots/signed-root.js';
import { Logger } from '../../src/core/logger.js';
import { derivedId } from '../../src/core/ids.js';
import { noHead, type EventLog } from '../../src/core/event-log.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import { answersSaved, formStarted, formSubmitted, isla, subjectsNamed } from '../deciders/referral-story.js';
import { startStores, type Application, type Stores } from '../core/stores.js';
import { NOON } from '../support/given.js';

export interface WrittenLog {
  /** A data folder of the embedded event store, nobody serving it. */
  folder: string;
  file: string;
  place: FolderPlace;
  roots: SignedHeads;
}

/** What gathers roots into a folder, with a key of the tests'. */
export function gatheringOf({ client }: Application, { vault }: Pick<Stores, 'vault'>, place: RootPlace) {
  const leases = new Leases(vault, 'test');
  const clock = { now: () => new Date(NOON) };
  const signer = rootSigner(Buffer.alloc(32, 9));
  return new RootGathering({ events: client, vault, place, signer, leases, clock, logger: new Logger('error') });
}

export function request(stream: string, n: number) {
  const commandId = derivedId(stream, n);
  const actor = { kind: 'referrer' as const, id: 'amira', name: 'Amira Castellane' };
  return { commandId, commandHash: 'h', council: 'lancashire', actor, correlationId: commandId, at: NOON };
}

/** Appends so many facts to a stream, by commands of one or two facts each. */
async function write(log: EventLog, stream: string, count: number, head = noHead) {
  for (let n = head.revision + 1; n < count; n = head.revision + 1) {
    const facts: ReferralEvent[] = n === 0 ? [formStarted(), subjectsNamed(1, isla)] : [answersSaved(n, { n: `${n}` })];
    if (n === count - 1) facts[0] = formSubmitted({ attachments: [] });
    head = (await log.append(referralKind, stream, head, facts, request(stream, n))).head;
  }
  return head;
}

/** A log as the real store writes it, of interleaved streams, with three roots gathered on its way. */
export async function writtenLog(streams = 20, facts = 12): Promise<WrittenLog> {
  const stores = await startStores();
  const folder = mkdtempSync(join(tmpdir(), 'audit-log-'));
  const place = new FolderPlace(join(folder, 'roots'));
  try {
    const application = stores.application();
    const gathering = gatheringOf(application, stores, place);
    const names = Array.from({ length: streams }, (_, n) => `referral-${derivedId('log', n)}`);
    const heads = new Map<string, typeof noHead>();
    for (const part of [facts / 3, (2 * facts) / 3, facts]) {
      for (let upTo = 2; upTo <= part; upTo += 2) {
        for (const name of names) heads.set(name, await write(application.log, name, upTo, heads.get(name)));
      }
      await gathering.gather();
    }
    await application.client.dispose();
    await stores.events.kill('SIGTERM');
    cpSync(stores.events.dataDir, join(folder, 'event-store'), { recursive: true });
    const keys = readPublicKeys(await place.publicKeys());
    return { folder, file: eventsFile(folder)!, place, roots: await readRoots(place, keys) };
  } finally {
    await stores.stop();
  }
}
