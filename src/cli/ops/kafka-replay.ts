import type { EventStoreDBClient } from '@eventstore/db-client';
import { publishFacts } from '../../../projections/kafka/follower.js';
import { KafkaPublisher, type KafkaSettings } from '../../../projections/kafka/publish.js';
import { RememberedSubmissions } from '../../../projections/kafka/submissions.js';
import { positionOf, readLogPage } from '../../core/read-log.js';
import type { Recorded } from '../../core/decider.js';
import type { EventLog, StoredRecord } from '../../core/event-log.js';
import type { Logger } from '../../core/logger.js';
import { referralKind, type ReferralEvent } from '../../referral/referral.events.js';

export interface KafkaReplay {
  events: EventStoreDBClient;
  log: EventLog;
  logger: Logger;
  kafka: KafkaSettings;
  publicUrl: string;
  /** Where to begin: with the first fact, behind a position of the log, or with facts of this time on. */
  from: 'start' | bigint | Date;
  topic: string;
  /** True for events with personal data. */
  full: boolean;
  /** This council's events alone. */
  council?: string;
  onProgress?: (published: number) => void;
}

const PAGE = 500;

/** Publishes events again, with the ids that they had, to a topic of choice. The follower's checkpoint stays. */
export async function replayToKafka(replay: KafkaReplay): Promise<{ published: number; to: bigint }> {
  const { events, log, from, topic, full, council } = replay;
  const publisher = new KafkaPublisher(replay.kafka, replay.logger);
  const submissions = new RememberedSubmissions();
  const wanted = ({ streamId, metadata }: StoredRecord) =>
    streamId.startsWith(`${referralKind.category}-`) &&
    (council === undefined || metadata.council === council) &&
    (!(from instanceof Date) || Date.parse(metadata.at) >= from.getTime());
  let position = typeof from === 'bigint' ? from : 0n;
  let published = 0;
  try {
    for (;;) {
      const { records, ended } = await readLogPage(events, position, PAGE);
      const facts: Recorded<ReferralEvent>[] = [];
      for (const record of records.filter(wanted)) facts.push(await log.open(referralKind, record));
      const deps = { log, submissions, publicUrl: replay.publicUrl, topicsOf: () => [{ name: topic, full }] };
      published += await publishFacts({ ...deps, send: (batch) => publisher.send(batch) }, facts);
      position = records.length > 0 ? positionOf(records.at(-1)!) : position;
      replay.onProgress?.(published);
      if (ended) return { published, to: position };
    }
  } finally {
    await publisher.stop();
  }
}
