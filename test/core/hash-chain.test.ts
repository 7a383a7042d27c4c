import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { StoredRecord } from '../../src/core/event-log.js';
import { linkHash, NO_HASH } from '../../src/core/hash-chain.js';
import { verifyChain } from '../support/chain.js';
import { runs } from '../support/runs.js';

/** What of a stored record the chain is made of. */
interface Stored {
  streamId: string;
  revision: bigint;
  type: string;
  isJson: boolean;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

const verify = (records: Stored[]) => verifyChain(records as unknown as StoredRecord[]);
const LENGTH = 6;

/** A chain as the log appends it. */
function chain(length = LENGTH, stream = 'referral-1'): Stored[] {
  const records: Stored[] = [];
  for (let revision = 0; revision < length; revision += 1) {
    const type = revision % 2 ? 'AnswersSaved' : 'FormStarted';
    const data = { savedRevision: revision, list: [1, { b: null }], sealed: `c2VhbGVk${revision}` };
    const unlinked = {
      council: 'lancashire',
      actor: { kind: 'referrer', id: 'a-1' },
      commandId: `command-${revision}`,
      commandHash: 'h',
      correlationId: 'c',
      causationId: `command-${revision}`,
      at: `2026-11-20T12:00:0${revision}.000Z`,
      previousHash: (records.at(-1)?.metadata.hash as string | undefined) ?? NO_HASH,
    };
    const metadata = { ...unlinked, hash: rehash(stream, revision, type, data, unlinked) };
    records.push({ streamId: stream, revision: BigInt(revision), type, isJson: true, data, metadata });
  }
  return records;
}

function rehash(stream: string, revision: number, type: string, data: object, unlinked: { previousHash: string }) {
  const { previousHash } = unlinked;
  const texts = { data: JSON.stringify(data), metadata: JSON.stringify(unlinked) };
  return linkHash({ previousHash, stream, revision, type, ...texts });
}

/** The records numbered as a store would serve them, whatever was done to their order. */
const renumbered = (records: Stored[]) => records.map((record, n) => ({ ...record, revision: BigInt(n) }));
const everyPlace = Array.from({ length: LENGTH }, (_, place) => place);

describe('a chain', () => {
  test('that nobody touched is intact, and its head is the newest hash', () => {
    const records = chain();
    expect(verify(records)).toEqual({
      intact: true,
      entries: LENGTH,
      head: records.at(-1)!.metadata.hash,
      firstBrokenRevision: null,
    });
  });

  test('of nothing is intact', () => {
    expect(verify([])).toEqual({ intact: true, entries: 0, head: NO_HASH, firstBrokenRevision: null });
  });

  const changes: [string, (record: Stored) => Stored][] = [
    ['its type', (record) => ({ ...record, type: 'FormSubmitted' })],
    ['its stream', (record) => ({ ...record, streamId: 'referral-2' })],
    ['its place', (record) => ({ ...record, revision: record.revision + 1n })],
    ['that it is JSON', (record) => ({ ...record, isJson: false })],
    ['a member of its data', (record) => ({ ...record, data: { ...record.data, savedRevision: 99 } })],
    ['its sealed data', (record) => ({ ...record, data: { ...record.data, sealed: 'YW5vdGhlcg' } })],
    ['the shape of its sealed data', (record) => ({ ...record, data: { ...record.data, sealed: { hidden: 1 } } })],
    ['its data, by a member more', (record) => ({ ...record, data: { ...record.data, more: null } })],
    ['its data, by a member less', ({ data: { sealed: _gone, ...data }, ...record }) => ({ ...record, data })],
    ['its metadata, by a member more', (record) => ({ ...record, metadata: { ...record.metadata, more: 1 } })],
    ['its metadata, all of it', (record) => ({ ...record, metadata: undefined as unknown as Stored['metadata'] })],
    ...[
      'council',
      'actor',
      'commandId',
      'commandHash',
      'correlationId',
      'causationId',
      'at',
      'previousHash',
      'hash',
    ].map((name): [string, (record: Stored) => Stored] => [
      `its ${name}`,
      (record) => ({ ...record, metadata: { ...record.metadata, [name]: 'f'.repeat(64) } }),
    ]),
  ];

  test.each(changes)('is broken where one record was changed in %s', (_what, change) => {
    for (const place of everyPlace) {
      const records = chain();
      records[place] = change(records[place]!);
      expect(verify(records)).toMatchObject({ intact: false, firstBrokenRevision: place });
    }
  });

  test('is broken by any change of one character of the stored data', () => {
    fc.assert(
      fc.property(fc.nat({ max: LENGTH - 1 }), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (place, at, by) => {
        const records = chain();
        const text = JSON.stringify(records[place]!.data);
        const changed = text.slice(0, at % text.length) + by + text.slice((at % text.length) + 1);
        const data = parsed(changed);
        fc.pre(data !== undefined && JSON.stringify(data) !== text);
        records[place] = { ...records[place]!, data: data };
        expect(verify(records)).toMatchObject({ intact: false, firstBrokenRevision: place });
      }),
      { seed: 20261120, numRuns: runs(300) },
    );
  });

  test('is broken where a record was left out, the last excepted', () => {
    for (const place of everyPlace.slice(0, -1)) {
      const records = chain();
      records.splice(place, 1);
      expect(verify(records)).toMatchObject({ intact: false, firstBrokenRevision: place });
      expect(verify(renumbered(records))).toMatchObject({ intact: false, firstBrokenRevision: place });
    }
  });

  test('is broken where two records changed places', () => {
    for (const place of everyPlace.slice(0, -1)) {
      const records = chain();
      records.splice(place, 2, records[place + 1]!, records[place]!);
      expect(verify(records)).toMatchObject({ intact: false, firstBrokenRevision: place });
      expect(verify(renumbered(records))).toMatchObject({ intact: false, firstBrokenRevision: place });
    }
  });

  test('is broken where a record was put in, even one that follows its predecessor as it should', () => {
    for (const place of everyPlace) {
      const records = chain();
      const before = records[place]!;
      // Well made for the place behind `before`: only its successor can give it away.
      const unlinked = { ...before.metadata, previousHash: before.metadata.hash as string, hash: undefined };
      const hash = rehash(before.streamId, place + 1, 'LegalHoldLifted', {}, unlinked);
      const metadata = { ...unlinked, hash };
      const forged = { ...before, type: 'LegalHoldLifted', data: {}, metadata };
      const tampered = renumbered([...records.slice(0, place + 1), forged, ...records.slice(place + 1)]);
      if (place < LENGTH - 1) {
        expect(verify(tampered)).toMatchObject({ intact: false, firstBrokenRevision: place + 2 });
      }
      const doubled = renumbered([...records.slice(0, place + 1), ...records.slice(place)]);
      expect(verify(doubled)).toMatchObject({ intact: false, firstBrokenRevision: place + 1 });
    }
  });

  test('is broken where its beginning was cut off', () => {
    for (const place of everyPlace.slice(1)) {
      expect(verify(chain().slice(place))).toMatchObject({ intact: false, firstBrokenRevision: 0 });
      expect(verify(renumbered(chain().slice(place)))).toMatchObject({ intact: false, firstBrokenRevision: 0 });
    }
  });

  test('is broken where a record of another stream stands in it', () => {
    const records = chain();
    records[3] = chain(LENGTH, 'referral-2')[3]!;
    expect(verify(records)).toMatchObject({ intact: false, firstBrokenRevision: 3 });
  });

  test('is broken from the first of several changes on', () => {
    const records = chain();
    for (const place of [4, 2, 5]) records[place] = { ...records[place]!, type: 'FormSubmitted' };
    expect(verify(records).firstBrokenRevision).toBe(2);
  });

  test('alone cannot tell that its end was cut off: its head and its length do', () => {
    const whole = verify(chain());
    for (const length of [0, 1, LENGTH - 1]) {
      const cut = verify(chain().slice(0, length));
      expect(cut).toMatchObject({ intact: true, entries: length });
      expect(cut.head).not.toBe(whole.head);
    }
  });

  test('alone cannot tell that all behind a place was made anew: its head does', () => {
    const records = chain();
    const remade = records.slice(0, 2);
    for (const { metadata, ...record } of records.slice(2)) {
      const { hash: _old, ...rest } = metadata;
      const unlinked = {
        ...rest,
        at: '2020-01-01T00:00:00.000Z',
        previousHash: remade.at(-1)!.metadata.hash as string,
      };
      const hash = rehash(record.streamId, Number(record.revision), record.type, record.data, unlinked);
      remade.push({ ...record, metadata: { ...unlinked, hash } });
    }
    expect(verify(remade)).toMatchObject({ intact: true, entries: LENGTH });
    expect(verify(remade).head).not.toBe(verify(records).head);
  });
});

test('a link’s hash is that of its members, and of each of them', () => {
  const link = { previousHash: NO_HASH, stream: 's', revision: 0, type: 'T', data: '{}', metadata: '{}' };
  expect(linkHash(link)).toMatch(/^[0-9a-f]{64}$/);
  const others = [
    { previousHash: 'f'.repeat(64) },
    { stream: 't' },
    { revision: 1 },
    { type: 'U' },
    { data: '[]' },
    { metadata: '[]' },
  ];
  expect(new Set([link, ...others.map((other) => ({ ...link, ...other }))].map(linkHash)).size).toBe(7);
});

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
