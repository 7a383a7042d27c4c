import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MongoClient, type Collection } from 'mongodb';
import { accountDecider } from '../../src/account/account.decider.js';
import type { Recorded } from '../../src/core/decider.js';
import { noHead } from '../../src/core/event-log.js';
import { DataKeys } from '../../src/core/keys.js';
import { giveUpKey } from '../../src/records/record-erasure.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import { accessKind, referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import { register } from '../deciders/account-story.js';
import { erase, isla, saveForm, startForm, submitForm } from '../deciders/referral-story.js';
import { NOON } from '../support/given.js';
import { request, secrets, startStores, type Application, type Stores } from './stores.js';

interface KeyDocument {
  _id: string;
  wrapped?: Buffer;
}

let stores: Stores;
let documents: Collection<KeyDocument>;
beforeAll(async () => {
  stores = await startStores();
  documents = stores.vault.collection<KeyDocument>('keys');
});
afterAll(async () => stores?.stop());

const unavailable = expect.objectContaining({ code: 'UNAVAILABLE' });
const context = () => ({ ...request(), commandHash: '', at: NOON });
const typesOf = async (stream: string, { log }: Application) => {
  const types: string[] = [];
  for await (const { type } of log.records(stream)) types.push(type);
  return types;
};
const eventsOf = async (stream: string, { log }: Application) => {
  const events: Recorded<ReferralEvent>[] = [];
  for await (const event of log.facts(referralKind, stream)) events.push(event);
  return events;
};

let stream: string;
beforeEach(async () => {
  stream = `referral-${randomUUID()}`;
  const { handling } = stores.application();
  await handling.handle(referralDecider, stream, startForm(), request());
  await handling.handle(referralDecider, stream, saveForm({ expectedRevision: 1, subjects: [isla] }), request());
});

describe('A key that nobody destroyed and that cannot be had', () => {
  const damages: Record<string, () => Promise<unknown>> = {
    'has no document': () => documents.deleteOne({ _id: stream }),
    'has a document without the key': () => documents.updateOne({ _id: stream }, { $unset: { wrapped: 1 } }),
    'is wrapped by nobody’s master key': () =>
      documents.updateOne({ _id: stream }, { $set: { wrapped: Buffer.alloc(60) } }),
  };

  test.each(Object.keys(damages))('%s: nothing is appended, and nothing opens as erased', async (damage) => {
    const whole = await documents.findOne({ _id: stream });
    await damages[damage]!();
    const before = await typesOf(stream, stores.application());

    const app = stores.application();
    await expect(app.handling.handle(referralDecider, stream, submitForm(), request())).rejects.toEqual(unavailable);
    // Decided on a state that a process remembers.
    const { head } = await stores
      .application()
      .handling.state(referralDecider, stream)
      .catch(() => ({ head: noHead }));
    expect(head).toBe(noHead);
    await expect(eventsOf(stream, stores.application())).rejects.toEqual(unavailable);
    expect(await typesOf(stream, app)).toEqual(before);

    await documents.replaceOne({ _id: stream }, whole!, { upsert: true });
    const { state } = await app.handling.handle(referralDecider, stream, submitForm(), request());
    expect(state.submission?.subjects).toEqual([isla]);
    expect((await eventsOf(stream, stores.application())).map(({ erased }) => erased)).toEqual([false, false, false]);
  });

  test('is an outage too where a process remembers the state and has forgotten the key', async () => {
    const app = stores.application();
    const { head } = await app.handling.state(referralDecider, stream);
    await documents.deleteOne({ _id: stream });
    const forgetful = stores.application();
    const held: ReferralEvent = { type: 'LegalHoldPlaced', data: { reason: 'Names Isla' } };
    await expect(forgetful.log.append(referralKind, stream, head, [held], context())).rejects.toEqual(unavailable);
    const read = { type: 'ReferralRead' as const, data: { operation: 'referral', reason: 'Names Isla' } };
    const access = stream.replace('referral-', 'access-');
    await expect(forgetful.log.append(accessKind, access, noHead, [read], context())).rejects.toEqual(unavailable);
    expect(await typesOf(access, app)).toEqual([]);
  });

  test('is an outage where the vault does not answer', async () => {
    const client = await MongoClient.connect(stores.mongo.url);
    const keys = new DataKeys(client.db('vault'), Buffer.alloc(32, 2));
    await client.close();
    await expect(keys.find(stream)).rejects.toEqual(unavailable);
    await expect(keys.create(`referral-${randomUUID()}`)).rejects.toEqual(unavailable);
  });

  test('is reported with the name of its owner, once', async () => {
    const said: unknown[] = [];
    const logger = { error: (message: string, fields: object = {}) => void said.push({ message, ...fields }) };
    const keys = new DataKeys(stores.vault, Buffer.alloc(32, 2), logger);
    await documents.deleteOne({ _id: stream });
    for (let n = 0; n < 3; n += 1) await expect(keys.find(stream)).rejects.toEqual(unavailable);
    expect(said).toMatchObject([{ part: stream, reason: 'missing' }]);
  });

  test.each(Object.keys(damages))('%s: it is known to be erased where the log says so', async (damage) => {
    const { handling } = stores.application();
    await handling.handle(referralDecider, stream, submitForm(), request());
    await handling.handle(referralDecider, stream, erase(), request());
    await damages[damage]!();
    const events = await eventsOf(stream, stores.application());
    expect(events.map(({ erased }) => erased)).toEqual([true, true, true, true]);
  });
});

describe('A key that no backup holds', () => {
  const officer = { kind: 'records_officer' as const, id: 'terminal', name: 'An officer' };
  const clock = { now: () => new Date(NOON) };

  test('is given up: its referral is recorded as erased, and goes on as such', async () => {
    const app = stores.application();
    await app.handling.handle(referralDecider, stream, submitForm(), request());
    await documents.deleteOne({ _id: stream });
    const later = stores.application();
    await giveUpKey({ ...later, secrets, clock }, stream, officer);
    expect((await typesOf(stream, later)).at(-1)).toBe('ReferralErased');
    expect((await eventsOf(stream, later)).every(({ erased }) => erased)).toBe(true);
    await giveUpKey({ ...later, secrets, clock }, stream, officer);
    expect(await typesOf(stream, later)).toHaveLength(4);
  });

  test('is given up: its account is recorded as erased, although nobody can read its address any more', async () => {
    const account = `account-${randomUUID()}`;
    await stores.application().handling.handle(accountDecider, account, register(false), request());
    await documents.deleteOne({ _id: account });
    const later = stores.application();
    for (const _time of ['once', 'again']) await giveUpKey({ ...later, secrets, clock }, account, officer);
    expect((await typesOf(account, later)).filter((type) => type === 'AccountErased')).toHaveLength(1);
    expect((await later.handling.state(accountDecider, account, true)).state).toMatchObject({ erased: true });
  });

  test('is never given up where it can be used', async () => {
    const app = stores.application();
    const giving = giveUpKey({ ...app, secrets, clock }, stream, officer);
    await expect(giving).rejects.toMatchObject({ code: 'NOT_ALLOWED_NOW' });
    expect((await eventsOf(stream, app)).every(({ erased }) => !erased)).toBe(true);
  });
});

describe('A key whose document says that it was destroyed', () => {
  test('seals nothing more, and nothing unsealed is appended unless the log holds the erasure', async () => {
    const app = stores.application();
    await app.handling.handle(referralDecider, stream, submitForm(), request());
    await app.keys.destroy(stream, new Date());
    const { head } = await app.handling.state(referralDecider, stream, true);
    const held: ReferralEvent = { type: 'LegalHoldPlaced', data: { reason: 'Names Isla' } };
    await expect(app.log.append(referralKind, stream, head, [held], context())).rejects.toEqual(unavailable);
    // The erasure itself can still be recorded.
    await stores.application().handling.handle(referralDecider, stream, erase(), request());
    const after = await app.handling.state(referralDecider, stream, true);
    await app.log.append(referralKind, stream, after.head, [held], context());
    expect((await typesOf(stream, app)).slice(-2)).toEqual(['ReferralErased', 'LegalHoldPlaced']);
  });

  test('before its stream began lets none begin', async () => {
    const [app, fresh] = [stores.application(), `referral-${randomUUID()}`];
    await app.keys.destroy(fresh, new Date());
    await expect(app.handling.handle(referralDecider, fresh, startForm(), request())).rejects.toEqual(unavailable);
    expect(await typesOf(fresh, app)).toEqual([]);
  });
});

test('processes that race to begin a stream, while others ask for its key, seal with one key', async () => {
  for (let round = 0; round < 20; round += 1) {
    const fresh = `referral-${randomUUID()}`;
    const [one, other] = [stores.application(), stores.application()];
    const asked = [one, other].map(({ keys }) => keys.find(fresh).catch(() => undefined));
    const asking = request();
    await Promise.all([one, other].map(({ handling }) => handling.handle(referralDecider, fresh, startForm(), asking)));
    await Promise.all(asked);
    expect((await eventsOf(fresh, stores.application())).map(({ erased }) => erased)).toEqual([false]);
  }
});
