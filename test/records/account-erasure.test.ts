import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { loggedIn, PASSWORD, registered } from '../support/people.js';

const erase =
  'mutation($commandId: ID!, $email: String!, $reason: String!) { eraseAccount(commandId: $commandId, email: $email, reason: $reason) }';

let frontdoor: Installation;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
});

test('an erasure that is asked for again is about the account it erased, not about whoever has the address since', async () => {
  const visitor = frontdoor.visitor('lancashire');
  const officer = await frontdoor.staff('lancashire', 'records_officer');
  const first = await registered(visitor);
  const { email } = first;
  const elsewhere = await loggedIn(visitor, first);
  const asked = { commandId: randomUUID(), email, reason: 'Asked for' };
  expect(await officer.ask(erase, asked)).toBe(true);
  for (const { api } of [first, { api: elsewhere }]) expect(await api.problem(ask.me)).toBe('UNAUTHENTICATED');
  expect(await officer.ask(erase, asked)).toBe(true);

  const details = { forename: 'Lynn', surname: 'Robinson', professional: true };
  const input = { commandId: randomUUID(), email, password: PASSWORD, ...details };
  const { challengeId: id } = await visitor.ask(ask.register, { input });
  const code = await visitor.code(email, first.seen);
  const { token, account } = await visitor.ask<{ token: string; account: { id: string } }>(ask.confirm, { id, code });
  expect(account.id).not.toBe(first.accountId);
  expect(await officer.ask(erase, asked)).toBe(true);
  const second = visitor.as(token);
  expect(await second.ask(ask.me)).toMatchObject({ email });

  // Another request is another matter.
  expect(await officer.ask(erase, { ...asked, commandId: randomUUID() })).toBe(true);
  expect(await second.problem(ask.me)).toBe('UNAUTHENTICATED');
});
