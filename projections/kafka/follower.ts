import type { Councils } from '../../src/council/councils.js';
import type { Recorded } from '../../src/core/decider.js';
import type { EventLog } from '../../src/core/event-log.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { publicEvent, publicFacts } from './contract.js';
import type { Addressed } from './publish.js';
import type { RememberedSubmissions } from './submissions.js';

export interface PublishDeps {
  log: EventLog;
  submissions: RememberedSubmissions;
  publicUrl: string;
  /** Where the events of a council go. */
  topicsOf(council: string): readonly Topic[];
  send(events: readonly Addressed[]): Promise<void>;
}

export interface Topic {
  name: string;
  /** True where its events hold personal data. */
  full: boolean;
}

/** What is sent at once: below the megabyte that brokers take, however it falls on their partitions. */
const MOST_BYTES = 800_000;
const MOST_EVENTS = 200;

/** Publishes what is public of a batch of facts; done when all of it was acknowledged. Gives the number of events. */
export async function publishFacts(deps: PublishDeps, facts: readonly Recorded<ReferralEvent>[]): Promise<number> {
  let batch: Addressed[] = [];
  let bytes = 0;
  let published = 0;
  const flush = async () => {
    if (batch.length > 0) await deps.send(batch);
    published += batch.length;
    [batch, bytes] = [[], 0];
  };
  for (const fact of facts) {
    if (!publicFacts.has(fact.type)) {
      deps.submissions.pass(fact);
      continue;
    }
    const submission = await deps.submissions.about(deps.log, fact);
    for (const { name: topic, full } of deps.topicsOf(fact.council)) {
      const event = publicEvent(fact, submission, { publicUrl: deps.publicUrl, full });
      if (!event) continue;
      const size = Buffer.byteLength(JSON.stringify(event));
      if (bytes + size > MOST_BYTES || batch.length >= MOST_EVENTS) await flush();
      batch.push({ topic, event });
      bytes += size;
    }
  }
  await flush();
  return published;
}

/** Every council's events go to the thin topic; to the full one those of councils that are configured so. */
export function configuredTopics(
  councils: Pick<Councils, 'byId'>,
  { thinTopic, fullTopic }: { thinTopic: string; fullTopic: string },
): PublishDeps['topicsOf'] {
  const thin = { name: thinTopic, full: false };
  const full = { name: fullTopic, full: true };
  return (council) => (councils.byId(council)?.integration.full ? [thin, full] : [thin]);
}
