import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient, type Db } from 'mongodb';
import { DataKeys } from '../../src/core/keys.js';
import { LocalMasterKeys } from '../../src/core/master-keys.js';
import { seal, unseal } from '../../src/core/seal.js';
import { readTransitUrl, VaultTransit } from '../../src/core/vault-transit.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';

let mongo: StartedMongo;
let client: MongoClient;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

const [first, second, third] = [1, 2, 3].map((n) => Buffer.alloc(32, n)) as [Buffer, Buffer, Buffer];
const vault = (): Db => client.db(`keys-${randomUUID().slice(0, 8)}`);
const owners = (count: number) => Array.from({ length: count }, (_, n) => `referral-${String(n).padStart(5, '0')}`);

/** A vault with so many keys under the first master key; gives their plain texts. */
async function filled(count: number) {
  const db = vault();
  const keys = new DataKeys(db, first);
  await keys.check();
  const plain = await Promise.all(owners(count).map((owner) => keys.create(owner)));
  return { db, plain };
}

describe('data keys', () => {
  test('asked for at once, however many, are looked up at once, each for everybody who asks', async () => {
    const { db, plain } = await filled(300);
    const watched = await MongoClient.connect(mongo.url, { monitorCommands: true });
    const finds: string[] = [];
    watched.on('commandStarted', ({ commandName }) => commandName === 'find' && finds.push(commandName));
    const keys = new DataKeys(watched.db(db.databaseName), first);
    const nobody = expect(keys.find('referral-nobody')).rejects.toMatchObject({ trouble: 'missing' });
    const asked = [...owners(300), ...owners(300)];
    expect(await Promise.all(asked.map((owner) => keys.find(owner)))).toEqual([...plain, ...plain]);
    await nobody;
    expect(finds).toHaveLength(1);
    await keys.find(owners(1)[0]!);
    expect(finds).toHaveLength(1);
    await watched.close();
  });

  test('one that is destroyed while it is looked up is not kept', async () => {
    const { db } = await filled(1);
    const keys = new DataKeys(db, first);
    const [owner] = owners(1);
    for (let n = 0; n < 50; n += 1) {
      const finding = keys.find(owner!);
      await keys.destroy(owner!, new Date());
      await finding;
      expect(await keys.find(owner!)).toBeUndefined();
    }
  });

  test('a key that is looked up again while the vault destroys it is not kept', async () => {
    const { db, plain } = await filled(1);
    const [owner] = owners(1);
    let duringUpdate = async () => {};
    const keys = new DataKeys(
      withSlowUpdates(db, () => duringUpdate()),
      first,
    );
    duringUpdate = async () => expect(await keys.find(owner!)).toEqual(plain[0]);
    await keys.destroy(owner!, new Date());
    expect(await keys.find(owner!)).toBeUndefined();
  });

  test('a key that this process has in its cache is read from the vault again while it is destroyed', async () => {
    const { db } = await filled(1);
    const [owner] = owners(1);
    const other = new DataKeys(db, first);
    let duringUpdate = async () => {};
    const keys = new DataKeys(
      withSlowUpdates(db, () => duringUpdate()),
      first,
    );
    await keys.find(owner!);
    duringUpdate = async () => {
      await other.destroy(owner!, new Date());
      expect(await keys.find(owner!)).toBeUndefined();
    };
    await keys.destroy(owner!, new Date());
  });
});

/** A vault where something else happens before an update reaches it. */
function withSlowUpdates(db: Db, before: () => Promise<void>): Db {
  const collection = (name: string) => {
    const real = db.collection(name);
    const updateOne = async (...given: Parameters<typeof real.updateOne>) => {
      await before();
      return real.updateOne(...given);
    };
    return Object.create(real, { updateOne: { value: updateOne } }) as typeof real;
  };
  return Object.create(db, { collection: { value: collection } }) as Db;
}

describe('the rotation of the master key', () => {
  test('keeps every data key, and leaves none that the former master key opens', async () => {
    const { db, plain } = await filled(1_200);
    const rotating = new DataKeys(db, new LocalMasterKeys(second, [first]));
    await rotating.check();
    expect(await rotating.rotate()).toEqual({ rewrapped: 1_200, seen: 1_200 });
    expect(await rotating.rotate()).toEqual({ rewrapped: 0, seen: 1_200 });
    const after = new DataKeys(db, second);
    await after.check();
    expect(await Promise.all(owners(1_200).map((owner) => after.find(owner)))).toEqual(plain);
    await expect(new DataKeys(db, first).check()).rejects.toThrow('MASTER_KEY');
    await expect(new DataKeys(db, first).find(owners(1)[0]!)).rejects.toMatchObject({ trouble: 'unreadable' });
  });

  test('cut short, goes on with those that are left; until it has ended the former key is asked for', async () => {
    const { db, plain } = await filled(1_200);
    const stop = new Error('killed');
    const rotating = new DataKeys(db, new LocalMasterKeys(second, [first]));
    await expect(
      rotating.rotate(() => {
        throw stop;
      }),
    ).rejects.toBe(stop);
    await expect(new DataKeys(db, second).check()).rejects.toThrow('MASTER_KEY_OTHERS');
    // Whoever still wraps with the first, and opens what the second wrapped, goes on meanwhile.
    const beside = new DataKeys(db, new LocalMasterKeys(first, [second]));
    expect(await Promise.all(owners(1_200).map((owner) => beside.find(owner)))).toEqual(plain);
    expect(await new DataKeys(db, new LocalMasterKeys(second, [first])).rotate()).toEqual({
      rewrapped: 700,
      seen: 1_200,
    });
    await new DataKeys(db, second).check();
  });

  test('brings back no key that is destroyed while it goes on', async () => {
    const { db } = await filled(600);
    const rotating = new DataKeys(db, new LocalMasterKeys(second, [first]));
    const other = new DataKeys(db, first);
    const destroyed = owners(600).filter((_, n) => n % 3 === 0);
    await Promise.all([rotating.rotate(), ...destroyed.map((owner) => other.destroy(owner, new Date()))]);
    const after = new DataKeys(db, new LocalMasterKeys(second, [first]));
    const left = await Promise.all(destroyed.map((owner) => after.find(owner)));
    expect(left.every((key) => key === undefined)).toBe(true);
  });

  test('is due once: a vault that was never checked takes the key that opens it', async () => {
    const db = vault();
    await new DataKeys(db, first).create('referral-1');
    await expect(new DataKeys(db, third).check()).rejects.toThrow(
      'is not the one that the stored data was sealed with',
    );
    await new DataKeys(db, first).check();
  });
});

describe('a key service', () => {
  let server: Server;
  let url: string;
  const versions = [Buffer.alloc(32, 11)];
  /** Answers as Vault's transit engine does (its HTTP API, v1), with keys of its own. */
  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const reply = (status: number, data: object) => response.writeHead(status).end(JSON.stringify({ data }));
        if (request.headers['x-vault-token'] !== 'the-token') return reply(403, {});
        const given = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>) : {};
        const context = given.associated_data ?? '';
        if (request.url === '/v1/transit/keys/frontdoor') return reply(200, { latest_version: versions.length });
        if (request.url === '/v1/transit/encrypt/frontdoor') {
          const sealed = seal(versions.at(-1)!, Buffer.from(given.plaintext!, 'base64'), context).toString('base64');
          return reply(200, { ciphertext: `vault:v${versions.length}:${sealed}` });
        }
        const [, version, sealed] = /^vault:v(\d+):(.*)$/.exec(given.ciphertext!)!;
        try {
          const plain = unseal(versions[Number(version) - 1]!, Buffer.from(sealed!, 'base64'), context);
          return reply(200, { plaintext: plain.toString('base64') });
        } catch {
          return reply(400, {});
        }
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  test('wraps data keys in place of a master key, and they are wrapped anew after it rotated', async () => {
    const place = { ...readTransitUrl(`vault+${url}/transit/frontdoor`)!, token: 'the-token' };
    const db = vault();
    const keys = new DataKeys(db, await VaultTransit.open(place));
    await keys.check();
    const made = await keys.create('referral-1');
    versions.push(Buffer.alloc(32, 12));
    const later = new DataKeys(db, await VaultTransit.open(place));
    await later.check();
    expect(await later.find('referral-1')).toEqual(made);
    expect(await later.rotate()).toEqual({ rewrapped: 1, seen: 1 });
    expect(await new DataKeys(db, await VaultTransit.open(place)).find('referral-1')).toEqual(made);
  });

  test('that refuses, or has another key, is told apart', async () => {
    const place = { url, mount: 'transit', key: 'frontdoor', token: 'wrong' };
    await expect(VaultTransit.open(place)).rejects.toThrow('The key service answered 403');
    const { db } = await filled(1);
    await expect(new DataKeys(db, await VaultTransit.open({ ...place, token: 'the-token' })).check()).rejects.toThrow(
      'is not the one',
    );
  });

  test.each(['https://vault/transit/key', 'vault+https://vault', 'vault+ftp://vault/transit/key'])(
    'is not named by %s',
    (text) => {
      expect(readTransitUrl(text)).toBeNull();
    },
  );
});
