import { EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client';
import type { Db } from 'mongodb';
import { inbox } from '../../projections/inbox.js';
import { createIndexes, project } from '../../projections/project.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import type { Recorded } from '../../src/core/decider.js';
import type { StoredRecord } from '../../src/core/event-log.js';
import { storedRecord } from '../../src/core/records.js';
import type { Platform } from '../../src/platform.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import { verifyChain } from '../support/chain.js';
import type { RunningEventStore } from '../support/faults-store.js';
import type { Load } from './load.js';
import type { Report } from './report.js';

const LOST = 'accepted commands without their facts';
const DOUBLE = 'commands whose facts are there twice';
const BROKEN = 'streams whose hash chain does not verify';
const DIFFERENT = 'read-model documents that differ from a rebuild';
const MAILS = 'submissions without exactly one confirmation in the mail ledger';

/** Holds log, read models and mail ledger against the commands that were accepted. */
export async function verdict(
  platform: Platform,
  { url }: RunningEventStore,
  load: Load,
  report: Report,
): Promise<void> {
  report.none(LOST, DOUBLE, BROKEN, DIFFERENT, MAILS);
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
  const rebuilt = platform.views.client.db('rebuilt_views');
  for (const projection of [savedForms, submittedForms, inbox] as unknown as Projection<
    ViewDocument,
    ReferralEvent
  >[]) {
    await compare(projection, platform.views, rebuilt, opened, report);
  }
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

async function compare(
  projection: Projection<ViewDocument, ReferralEvent>,
  views: Db,
  rebuilt: Db,
  facts: Recorded<ReferralEvent>[],
  report: Report,
): Promise<void> {
  await createIndexes(projection, rebuilt);
  const collection = rebuilt.collection<ViewDocument>(projection.name);
  for (let at = 0; at < facts.length; at += 500) await project(projection, collection, facts.slice(at, at + 500));
  const [kept, anew] = await Promise.all([documentsOf(views, projection.name), documentsOf(rebuilt, projection.name)]);
  for (const id of new Set([...kept.keys(), ...anew.keys()])) {
    report.check(kept.get(id) === anew.get(id), DIFFERENT, () => `${projection.name} ${id}`);
  }
  report.done(`documents of ${projection.name} compared with a rebuild`, anew.size);
}

async function documentsOf(database: Db, name: string): Promise<Map<string, string>> {
  const documents = await database.collection<ViewDocument>(name).find().toArray();
  return new Map(documents.map((document) => [document._id, JSON.stringify(document)]));
}
