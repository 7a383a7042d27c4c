import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient, type CommandStartedEvent, type Document } from 'mongodb';
import { createViewIndexes } from '../../projections/followers.js';
import { ReminderSweep } from '../../projections/mail/remind.js';
import { RegistrationSweep } from '../../src/account/registration-sweep.js';
import { FileCheckSweep } from '../../src/referral/file-check-sweep.js';
import { SavedFormSweep } from '../../src/referral/saved-form-sweep.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { councils } from '../support/people.js';

/** Of each kind so many that nothing is to be done about. */
const ROWS = 500;
/** Mid-morning, when people are reminded. */
const clock = { now: () => new Date('2026-01-05T10:00:00.000Z') };
const LATER = '2026-02-01T00:00:00.000Z';

let mongo: StartedMongo;
let client: MongoClient;
const asked: Document[] = [];
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url, { monitorCommands: true });
  const views = client.db('views');
  await createViewIndexes(views);
  const row = (nth: number) => ({
    _id: `row-${nth}` as never,
    stream: `row-${nth}`,
    revision: 1,
    council: 'lancashire',
  });
  const rows = <T extends object>(more: T) => Array.from({ length: ROWS }, (_, nth) => ({ ...row(nth), ...more }));
  const draft = { attachments: [{ id: 'a', status: 'AVAILABLE' }] };
  await views.collection('saved-forms').insertMany(rows({ accountId: 'a', startedAt: LATER, expiresAt: LATER, draft }));
  await views.collection('registrations').insertMany(rows({ lastCodeAt: LATER }));
  await views.collection('reminders').insertMany(rows({ kind: 'request-overdue', ends: '2026-02-01' }));
  client.on('commandStarted', ({ commandName, command }: CommandStartedEvent) => {
    if (commandName === 'find') asked.push(command);
  });
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

const nobody = {} as never;
const sweeps: Record<string, () => Promise<number>> = {
  'saved forms at their day': () => new SavedFormSweep(client.db('views'), nobody, clock, nobody).sweep(),
  'registrations that nobody confirmed': () => new RegistrationSweep(client.db('views'), nobody, clock, nobody).sweep(),
  'checks of files': () =>
    new FileCheckSweep(nobody, {
      views: client.db('views'),
      handling: nobody,
      log: nobody,
      clock,
      logger: nobody,
    }).sweep(),
  reminders: () =>
    new ReminderSweep({
      views: client.db('views'),
      log: nobody,
      ledger: { known: async () => new Set(), queue: async () => undefined } as never,
      councils: councils(),
      leases: { hold: async () => true, release: async () => undefined },
      clock,
      logger: nobody,
    }).sweep(),
};

test.each(Object.keys(sweeps))('a sweep of %s looks at nothing that is not due', async (name) => {
  asked.length = 0;
  expect(await sweeps[name]!()).toBe(0);
  expect(asked.length).toBeGreaterThan(0);
  for (const { find, filter, sort, limit } of [...asked]) {
    const explained = await client.db('views').command({
      explain: { find, filter, sort, ...(limit ? { limit } : {}) },
      verbosity: 'executionStats',
    });
    const plan = JSON.stringify(explained.queryPlanner);
    expect(plan).toContain('IXSCAN');
    expect(plan).not.toMatch(/COLLSCAN|"SORT"/);
    expect(explained.executionStats).toMatchObject({ totalDocsExamined: 0 });
    expect(explained.executionStats.totalKeysExamined).toBeLessThanOrEqual(1);
  }
});
