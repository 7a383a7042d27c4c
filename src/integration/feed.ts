import { Inject, Injectable } from '@nestjs/common';
import { publicEvent, publicFacts, type PublicEvent } from '../../projections/kafka/contract.js';
import { RememberedSubmissions } from '../../projections/kafka/submissions.js';
import { positionOf, readLogPage, type LogPage } from '../core/read-log.js';
import { saysForeignPosition } from '../core/watchdog.js';
import type { Council } from '../council/council.js';
import type { StoredRecord } from '../core/event-log.js';
import { DomainError } from '../core/problem.js';
import { PLATFORM } from '../core/tokens.js';
import type { Platform } from '../platform.js';
import { referralKind } from '../referral/referral.events.js';

export interface FeedPage {
  events: { event: PublicEvent; position: bigint }[];
  /** Where the next page begins. */
  position: bigint;
  /** True where there may be more at once. */
  more: boolean;
}

/** Records read from the log at once. */
const READ = 500;
/** Records looked at for one page: a council whose events are far apart gets its page in time, if an empty one. */
const LOOKED_AT = 5_000;
/** Text of one page, in bytes: events with personal data are large. */
const MOST_BYTES = 4_000_000;
/** A council's public events behind a position of the log: those that Kafka would be given, in the same order. */
@Injectable()
export class Feed {
  private readonly submissions = new RememberedSubmissions();

  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  async page(council: Council, after: bigint, limit: number): Promise<FeedPage> {
    const page: FeedPage = { events: [], position: after, more: true };
    let bytes = 0;
    for (let lookedAt = 0; lookedAt < LOOKED_AT; lookedAt += READ) {
      const { records, ended } = await this.read(page.position);
      for (const record of records) {
        const event = await this.eventOf(council, record);
        if (event) {
          bytes += Buffer.byteLength(JSON.stringify(event));
          if (bytes > MOST_BYTES && page.events.length > 0) return page;
          page.events.push({ event, position: positionOf(record) });
        }
        page.position = positionOf(record);
        if (page.events.length === limit) return { ...page, more: !ended || record !== records.at(-1) };
      }
      if (ended) return { ...page, more: false };
    }
    return page;
  }

  private async eventOf(council: Council, record: StoredRecord): Promise<PublicEvent | null> {
    if (!record.streamId.startsWith(`${referralKind.category}-`) || record.metadata.council !== council.id) return null;
    if (!publicFacts.has(record.type)) {
      this.submissions.pass({ stream: record.streamId, revision: Number(record.revision) });
      return null;
    }
    const { log, config } = this.platform;
    const fact = await log.open(referralKind, record);
    const submission = await this.submissions.about(log, fact);
    return publicEvent(fact, submission, { publicUrl: config.publicUrl, full: council.integration.full });
  }

  private async read(after: bigint): Promise<LogPage> {
    const { events } = this.platform;
    try {
      const page = await readLogPage(events, after, READ);
      if (page.reached) return page;
      throw foreignCursor();
    } catch (error) {
      if (error instanceof DomainError) throw error;
      if (await saysForeignPosition(events, error)) throw foreignCursor();
      this.platform.logger.error('the feed cannot read the log', { error });
      throw new DomainError('UNAVAILABLE', 'Events cannot be read just now. Please try again shortly.');
    }
  }
}

function foreignCursor(): DomainError {
  const message = 'The log does not hold this cursor: it was put back to an older state. Begin without a cursor.';
  return new DomainError('BAD_INPUT', message, 'after');
}
