import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CommandHandling } from '../../src/core/handle-command.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import { saveForm, startForm } from '../deciders/referral-story.js';
import { NOON } from '../support/given.js';
import { request, secrets, startStores, type Application, type Stores } from './stores.js';

let stores: Stores;
let app: Application;
beforeAll(async () => {
  stores = await startStores();
  app = stores.application();
});
afterAll(async () => stores?.stop());

const written = (length: number) => ({ reason: { why: randomUUID().repeat(length / 36) } });
const handlingWithin = (bytes: number) => new CommandHandling(app.log, { now: () => new Date(NOON) }, secrets, bytes);
const started = async (handling: CommandHandling) => {
  const stream = `referral-${randomUUID()}`;
  await handling.handle(referralDecider, stream, startForm(), request());
  return {
    save: async (expectedRevision: number, length: number) => {
      const reads = jest.spyOn(app.log, 'records');
      await handling.handle(referralDecider, stream, saveForm({ expectedRevision, patch: written(length) }), request());
      const read = reads.mock.calls.length;
      reads.mockRestore();
      return { read };
    },
  };
};

test('a form saved over and over weighs what it holds, not what was stored of it: other forms are not forgotten for it', async () => {
  const handling = handlingWithin(100_000);
  const other = await started(handling);
  const one = await started(handling);
  for (let revision = 1; revision <= 60; revision += 1) expect(await one.save(revision, 3_600)).toEqual({ read: 0 });
  expect(await other.save(1, 360)).toEqual({ read: 0 });
});

test('forms that hold more than there is room for are forgotten, the one longest unused first, and read again', async () => {
  const handling = handlingWithin(100_000);
  const forms = [await started(handling), await started(handling), await started(handling)];
  for (const form of forms) await form.save(1, 18_000);
  const [oldest, , newest] = forms;
  expect(await newest!.save(2, 18_000)).toEqual({ read: 0 });
  expect(await oldest!.save(2, 18_000)).toEqual({ read: 1 });
});
