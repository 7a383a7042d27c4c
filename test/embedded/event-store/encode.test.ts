import { describe, expect, it } from '@jest/globals';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import fc from 'fast-check';
import { DELETED, type RecordedEvent } from '../../../src/embedded/event-store/events.js';
import { encodeAppended, encodeEvent } from '../../../src/embedded/event-store/services/encode.js';
import { Packed } from '../../../src/embedded/event-store/services/packed.js';

const number = fc.maxSafeNat();
const text = fc.string({ unit: 'binary', maxLength: 300 });
const bytes = fc.uint8Array({ maxLength: 5_000 });
const recorded: fc.Arbitrary<RecordedEvent> = fc.record({
  position: number,
  stream: text,
  revision: fc.oneof(number, fc.constant(DELETED)),
  created: number,
  id: fc.uuid(),
  type: text,
  isJson: fc.boolean(),
  data: bytes,
  metadata: bytes,
});

const revisionOf = ({ revision }: { revision: number }) =>
  revision === DELETED ? '9223372036854775807' : String(revision);

/** What a client reads of an event, as the generated classes tell it. */
const seen = (event: RecordedEvent) => ({
  stream: Buffer.from(event.stream),
  revision: revisionOf(event),
  positions: [String(event.position), String(event.position)],
  metadata: [
    ['content-type', event.isJson ? 'application/json' : 'application/octet-stream'],
    ['created', `${event.created}0000`],
    ['type', event.type],
  ],
  data: Buffer.from(event.data),
  custom: Buffer.from(event.metadata),
});

function read(record: streams.ReadResp.ReadEvent.RecordedEvent | undefined) {
  return (
    record && {
      stream: Buffer.from(record.getStreamIdentifier()!.getStreamName_asU8()),
      revision: record.getStreamRevision(),
      positions: [record.getCommitPosition(), record.getPreparePosition()],
      metadata: record.getMetadataMap().toArray().sort(),
      data: Buffer.from(record.getData_asU8()),
      custom: Buffer.from(record.getCustomMetadata_asU8()),
    }
  );
}

const idOf = (uuid: shared.UUID | undefined) => {
  const bits = uuid?.getStructured();
  if (!bits) return uuid?.getString();
  const half = (int64: string) => BigInt.asUintN(64, BigInt(int64)).toString(16).padStart(16, '0');
  return half(bits.getMostSignificantBits()) + half(bits.getLeastSignificantBits());
};

describe('what readers are sent is what the generated classes read', () => {
  it('of any event, whether by a link or not, with ids as text or as numbers', () => {
    fc.assert(
      fc.property(recorded, fc.option(recorded), fc.boolean(), (event, link, structured) => {
        const encoded = encodeEvent({ event, link: link ?? undefined }, structured);
        const response = streams.ReadResp.deserializeBinary(encoded).getEvent()!;
        expect(read(response.getEvent())).toEqual(seen(event));
        expect(read(response.getLink())).toEqual(link ? seen(link) : undefined);
        expect(response.getCommitPosition()).toBe(String((link ?? event).position));
        const id = structured ? event.id.replaceAll('-', '') : event.id;
        expect(idOf(response.getEvent()!.getId())).toBe(id);
      }),
    );
  });

  it('of a link whose target is gone', () => {
    const [link] = fc.sample(recorded, 1) as [RecordedEvent];
    const response = streams.ReadResp.deserializeBinary(encodeEvent({ link }, false)).getEvent()!;
    expect(response.hasEvent()).toBe(false);
    expect(read(response.getLink())).toEqual(seen(link));
  });

  it('of an append, whatever it wrote', () => {
    const correlations = fc.oneof(
      fc.uuid().map((id) => new shared.UUID().setString(id)),
      fc
        .tuple(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))
        .map(([most, least]) => {
          const bits = new shared.UUID.Structured()
            .setMostSignificantBits(`${most}`)
            .setLeastSignificantBits(`${least}`);
          return new shared.UUID().setStructured(bits);
        }),
    );
    const results = fc.record({ revision: fc.oneof(number, fc.constant(-1)), position: fc.option(number) });
    fc.assert(
      fc.property(correlations, text, results, (correlation, stream, { revision, position }) => {
        const encoded = encodeAppended(correlation, stream, { revision, position: position ?? undefined });
        const response = streams.BatchAppendResp.deserializeBinary(encoded);
        const success = response.getSuccess()!;
        expect(response.getCorrelationId()!.toObject()).toEqual(correlation.toObject());
        expect(Buffer.from(response.getStreamIdentifier()!.getStreamName_asU8())).toEqual(Buffer.from(stream));
        expect(success.hasNoStream()).toBe(revision === -1);
        expect(success.hasCurrentRevision() && success.getCurrentRevision()).toBe(
          revision === -1 ? false : revisionOf({ revision }),
        );
        expect(success.hasNoPosition()).toBe(position === null);
        expect(success.getPosition()?.toObject()).toEqual(
          position === null ? undefined : { commitPosition: `${position}`, preparePosition: `${position}` },
        );
      }),
    );
  });
});

it('what is packed fills the place of one message with the frames of all', () => {
  const packed = new Packed([Buffer.from('one'), Buffer.alloc(0), Buffer.from('three')]);
  const output = Buffer.alloc(packed.byteLength + 5, 0xff);
  packed.copy(output, 5);
  expect(output).toEqual(Buffer.from('\0\0\0\0\u0003one\0\0\0\0\0\0\0\0\0\u0005three', 'latin1'));
});
