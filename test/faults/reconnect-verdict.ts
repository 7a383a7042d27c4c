import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import type { Recorded } from '../../src/core/decider.js';
import type { StoredRecord } from '../../src/core/event-log.js';
import { storedRecord } from '../../src/core/records.js';
import type { Platform } from '../../src/platform.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import { verifyChain } from '../support/chain.js';
import type { RunningEventStore } from '../support/faults-store.js';
import type { Load } from './load.js';
import { compareViews } from './replayed.js';
import type { Report } from './report.js';

const LOST = 'accepted commands without their facts';
const DOUBLE = 'commands whose facts are there twice';
const BROKEN = 'streams whose hash chain does not verify';
const MAILS = 'submissions without exactly one confirmation in the mail ledger';

/** Holds log, read models and mail ledger against the commands that were accepted. */
export async function verdict(
  platform: Platform,
  { url }: RunningEventStore,
  load: Load,
  report: Report,
): Promise<void> {
  report.none(LOST, DOUBLE, BROKEN, MAILS);
  const streams = await referralStreams(url);
  const facts = [...streams.values()].flat();
  const typesOf = new Map<string, string[]>();
  for (const { metadata, type } of facts) {
    typesOf.set(metadata.commandId, [...(typesOf.get(metadata.commandId) ?? []), type]);
  }
  for (const commandId of load.accepted) report.check(typesOf.has(commandId), LOST, () => commandId);
  for (const [commandId, types] of typesOf) {
    report.check(new Set(types).size === types.length, DOUBLE, () => `${commandId}: ${types.join(', ')}`);
  }
  for (const [stream, records] of streams) report.check(verifyChain(records).intact, BROKEN, () => stream);
  report.done('facts in the log, every hash chain verified', facts.length);

  const opened: Recorded<ReferralEvent>[] = [];
  for (const record of facts.sort(byPosition)) opened.push(await platform.log.open(referralKind, record));
  await compareViews(platform.views, opened, report);
  for (const reference of load.references) {
    const submitted = opened.find((fact) => fact.type === 'FormSubmitted' && fact.data.reference === reference);
    const mails = await platform.vault
      .collection('mails')
      .countDocuments({ stream: submitted?.stream, kind: 'submission-confirmation' });
    report.check(mails === 1, MAILS, () => `${reference}: ${mails}`);
  }
  report.done('submissions, each with one confirmation in the ledger', load.references.length);
}

async function referralStreams(url: string): Promise<Map<string, StoredRecord[]>> {
  const client = EventStoreDBClient.connectionString(url);
  const streams = new Map<string, StoredRecord[]>();
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
    if (!event?.streamId.startsWith('referral-')) continue;
    const records = streams.get(event.streamId) ?? [];
    streams.set(event.streamId, records);
    records.push(storedRecord(event));
  }
  await client.dispose();
  return streams;
}

function byPosition(one: StoredRecord, other: StoredRecord): number {
  return Number((one.position?.commit ?? 0n) - (other.position?.commit ?? 0n));
}
