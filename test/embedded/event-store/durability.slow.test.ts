import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, FORWARDS, jsonEvent, NO_STREAM, START } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RunningEventStore, startEventStore } from '../../support/event-store.js';
import { collect, connect, numbered, refusal, revisionsOf } from './client.js';

describe('an event store whose process ends', () => {
  let dataDir: string;
  let store: RunningEventStore;
  let client: EventStoreDBClient;

  const start = async (options: { fileBlocks?: number } = {}) => {
    store = await startEventStore({ dataDir, ...options });
    client = connect(store);
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'event-store-durability-'));
    await start();
  });

  afterEach(async () => {
    await client.dispose();
    await store.kill();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('has every acknowledged append after being killed under fifty writers, again and again', async () => {
    const acknowledged = new Map<string, bigint>();
    for (let cycle = 0; cycle < 3; cycle++) {
      let running = true;
      const answered = new Set<string>();
      const writers = Array.from({ length: 50 }, async (_, writer) => {
        const stream = `writer-${writer}`;
        while (running) {
          try {
            const { nextExpectedRevision } = await client.appendToStream(stream, numbered(2));
            acknowledged.set(stream, nextExpectedRevision);
            answered.add(stream);
          } catch {
            // The process went away while this append was under way, or is too slow: it may be there or not.
          }
        }
      });
      while (answered.size < writers.length) await new Promise((resolve) => setTimeout(resolve, 20));
      await store.kill('SIGKILL');
      running = false;
      await Promise.all(writers);
      await client.dispose();
      await start();

      expect(acknowledged.size).toBe(50);
      for (const [stream, revision] of acknowledged) {
        const revisions = await revisionsOf(client, stream);
        expect(revisions.length).toBeGreaterThan(Number(revision));
        expect(revisions.length % 2).toBe(0); // an append of two events is there whole or not at all
        expect(revisions).toEqual(revisions.map((_, index) => index));
      }
    }
  });

  it('goes on with revisions and positions where it had stopped', async () => {
    const before = await client.appendToStream('counter', numbered(3));
    await client.dispose();
    await store.kill('SIGTERM');
    await start();
    const after = await client.appendToStream('counter', numbered(1), { expectedRevision: 2n });

    expect(after.nextExpectedRevision).toBe(3n);
    expect(after.position!.commit).toBeGreaterThan(before.position!.commit);
    const all = await collect(client.readAll({ direction: FORWARDS, fromPosition: START }));
    const positions = all.map(({ event }) => event!.position.commit);
    expect(positions).toEqual([...new Set(positions)].sort((a, b) => (a < b ? -1 : 1)));
  });

  it('recognises a repeated append after a restart, whatever it expects', async () => {
    const events = numbered(2);
    const first = await client.appendToStream('order', events, { expectedRevision: NO_STREAM });
    await client.appendToStream('order', numbered(1), { expectedRevision: 1n });
    await client.dispose();
    await store.kill('SIGKILL');
    await start();

    expect(await client.appendToStream('order', events, { expectedRevision: NO_STREAM })).toEqual(first);
    expect(await client.appendToStream('order', events, { expectedRevision: 'any' })).toEqual(first);
    expect(await revisionsOf(client, 'order')).toEqual([0, 1, 2]);
  });

  it('refuses what a full disk cannot take, serves reads, and is whole after a restart', async () => {
    await client.appendToStream('kept', numbered(1));
    await client.dispose();
    await store.kill('SIGTERM');
    await start({ fileBlocks: 8_192 }); // 4 MiB a file

    const large = () =>
      client.appendToStream('large', jsonEvent({ type: 'Large', data: { text: 'x'.repeat(900_000) } }));
    let written = 0;
    const error = await refusal(
      (async () => {
        for (;;) {
          await large();
          written += 1;
        }
      })(),
    );
    expect(error.type).toBe('unknown');
    expect(written).toBeGreaterThan(0);
    expect(await revisionsOf(client, 'kept')).toEqual([0]);
    expect(await revisionsOf(client, 'large')).toHaveLength(written);

    await client.dispose();
    await store.kill('SIGKILL');
    await start();
    expect((await revisionsOf(client, 'large')).length).toBeGreaterThanOrEqual(written);
    expect((await client.appendToStream('kept', numbered(1))).nextExpectedRevision).toBe(1n);
  });

  it('refuses to serve a folder that another process serves', async () => {
    await expect(startEventStore({ dataDir })).rejects.toThrow(
      /Another event store is serving .*event-store-durability/,
    );
  });

  it('takes over from a process that is killed while it waits', async () => {
    await client.appendToStream('inherited', numbered(2));
    await client.dispose();
    const successor = startEventStore({ dataDir });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await store.kill('SIGKILL');
    store = await successor;
    client = connect(store);
    expect(await revisionsOf(client, 'inherited')).toEqual([0, 1]);
  });

  it('tells subscribers that they were cancelled when it is asked to stop', async () => {
    const subscription = client.subscribeToAll();
    const ended = refusal(collect(subscription));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await store.kill('SIGTERM');
    expect((await ended).type).toBe('cancelled');
  });
});
