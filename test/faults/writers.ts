import { crc32 } from 'node:zlib';
import {
  binaryEvent,
  DeadlineExceededError,
  FORWARDS,
  NO_STREAM,
  START,
  type AllStreamBinaryRecordedEvent,
  type BinaryRecordedEvent,
  type EventData,
  type EventStoreDBClient,
  type Position,
} from '@eventstore/db-client';
import type { Random } from './random.js';
import type { Report } from './report.js';

export const LOST = 'acknowledged events lost or changed';
export const GAPS = 'revision gaps, events out of order or twice';
export const PARTIAL = 'appends that are there in part';
export const REAPPEND = 're-appends that failed or did not give the first answer';

interface Written {
  id: string;
  checksum: number;
}

interface Append {
  events: EventData[];
  digests: Written[];
}

/** One writer with a stream of its own: what it was told is stored, and the append whose outcome it does not know. */
export class Writer {
  readonly acknowledged: Written[] = [];
  unknown: Append | undefined;
  /** The last append that was acknowledged, with the revision it expected. */
  private last: { append: Append; expected: number } | undefined;

  constructor(
    readonly stream: string,
    private readonly random: Random,
  ) {}

  /** Appends one to four events again and again, until the store refuses or is gone; gives what it said. */
  async writeUntilRefused(client: EventStoreDBClient, report: Report): Promise<unknown> {
    for (;;) {
      const append = this.compose();
      this.unknown = append;
      try {
        await this.send(client, append, this.acknowledged.length - 1);
      } catch (error) {
        return error;
      }
      this.acknowledge(append);
      report.done('appends acknowledged while the store was taken away');
    }
  }

  /** Repeats the unknown append, and sometimes the last known one: neither may fail, and both are there once. */
  async repeat(client: EventStoreDBClient, report: Report): Promise<void> {
    if (this.last && this.random.next() < 0.25) {
      const { append, expected } = this.last;
      await this.resend(client, report, 'acknowledged', append, expected);
    }
    if (this.unknown) {
      const append = this.unknown;
      await this.resend(client, report, 'unknown', append, this.acknowledged.length - 1);
      this.acknowledge(append);
    }
  }

  /** Holds what the log has of this stream, from a revision on, against what is known. */
  compare(found: readonly Found[], from: number, report: Report): void {
    const known = this.acknowledged.slice(from);
    const { unknown } = this;
    found.forEach(({ revision, id, checksum }, index) => {
      report.check(revision === from + index, GAPS, () => `${this.stream}: ${revision} where ${from + index} was due`);
      const due = known[index] ?? unknown?.digests[index - known.length];
      report.check(due !== undefined, GAPS, () => `${this.stream}: event ${revision} was never sent`);
      report.check(!due || (due.id === id && due.checksum === checksum), LOST, () => `${this.stream}: ${revision}`);
    });
    report.check(found.length >= known.length, LOST, () => `${this.stream}: ${found.length} of ${known.length}`);
    const more = found.length - known.length;
    const whole = more <= 0 || more === unknown?.digests.length;
    report.check(whole, PARTIAL, () => `${this.stream}: ${more} of ${unknown?.digests.length}`);
    if (unknown) report.done(more > 0 ? 'unknown appends that were there' : 'unknown appends that were not there');
  }

  private async resend(
    client: EventStoreDBClient,
    report: Report,
    kind: 'acknowledged' | 'unknown',
    append: Append,
    expected: number,
  ): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      report.done(`${kind} appends repeated`);
      try {
        const revision = await this.send(client, append, expected);
        report.check(revision === expected + append.events.length, REAPPEND, () => `${this.stream}: gave ${revision}`);
        return;
      } catch (error) {
        // On a busy machine an answer may come too late: that is one more append whose outcome is not known.
        if (error instanceof DeadlineExceededError && tries < 10) report.done('repeated appends answered too late');
        else return report.loss(REAPPEND, `${this.stream}: ${String(error)}`);
      }
    }
  }

  private async send(client: EventStoreDBClient, { events }: Append, expected: number): Promise<number> {
    const expectedRevision = expected < 0 ? NO_STREAM : BigInt(expected);
    const { nextExpectedRevision } = await client.appendToStream(this.stream, events, { expectedRevision });
    return Number(nextExpectedRevision);
  }

  private acknowledge(append: Append): void {
    this.last = { append, expected: this.acknowledged.length - 1 };
    this.acknowledged.push(...append.digests);
    this.unknown = undefined;
  }

  private compose(): Append {
    const events = Array.from({ length: this.random.whole(1, 4) }, () => {
      const data = Buffer.alloc(this.random.whole(1, 1_500), this.random.whole(0, 255));
      data.writeUInt8(this.random.whole(0, 255), this.random.whole(0, data.length - 1));
      return binaryEvent({ id: this.random.uuid(), type: 'Written', data, metadata: Buffer.from(this.stream) });
    });
    const digests = events.map(({ id, data }) => ({
      id,
      checksum: crc32(Buffer.from(this.stream), crc32(data as Buffer)),
    }));
    return { events, digests };
  }
}

export interface Found extends Written {
  revision: number;
}

/** Reads the log behind a position: what it holds of each stream, and where it ends. */
export async function readLog(
  client: EventStoreDBClient,
  behind: Position | undefined,
  report: Report,
): Promise<{ streams: Map<string, Found[]>; end: Position | undefined }> {
  const streams = new Map<string, Found[]>();
  let end = behind;
  for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: behind ?? START })) {
    const record = event as AllStreamBinaryRecordedEvent | undefined;
    if (!record || (end && record.position.commit === end.commit)) continue;
    report.check(!end || record.position.commit > end.commit, GAPS, () => `position ${record.position.commit}`);
    end = record.position;
    if (record.streamId.startsWith('$')) continue;
    const found = streams.get(record.streamId) ?? [];
    streams.set(record.streamId, found);
    found.push(foundOf(record));
  }
  return { streams, end };
}

/** What was read of one event. */
export function foundOf({ revision, id, data, metadata }: BinaryRecordedEvent): Found {
  return { revision: Number(revision), id, checksum: crc32(metadata as Uint8Array, crc32(data)) };
}
