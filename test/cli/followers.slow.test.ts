import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { until } from '../support/until.js';
import { filledForm, registered, submitForm } from '../support/people.js';
import { terminal } from '../support/terminal.js';

let frontdoor: Frontdoor;
const ops = (...args: string[]) => terminal('ops', { DATA_DIR: frontdoor.dataDir }, ...args);
const told = async (...args: string[]) => JSON.parse((await ops('--json', ...args)).out) as never;

beforeAll(async () => {
  frontdoor = await startFrontdoor();
  const { api } = await registered(frontdoor.visitor('lancashire'));
  await submitForm(api, await filledForm(api, 'request-for-support'));
});
afterAll(() => frontdoor?.stop());

interface Status {
  follower: string;
  pausedAt: string | null;
  holder: string | null;
  events: number;
}

describe('An operator at the terminal', () => {
  test('sees every follower, pauses one and has it go on', async () => {
    const status = async (name: string) =>
      ((await told('followers', 'status')) as Status[]).find(({ follower }) => follower === name)!;
    const all = (await told('followers', 'status')) as Status[];
    expect(all.map(({ follower }) => follower)).toEqual([
      'saved-forms',
      'submitted-forms',
      'inbox',
      'receipts',
      'reminders',
      'records',
      'registrations',
      'mail',
      'erasure',
    ]);
    expect(all.find(({ follower }) => follower === 'inbox')).toMatchObject({ holder: 'embedded', pausedAt: null });
    await ops('followers', 'pause', 'inbox');
    await until(async () => (await status('inbox')).holder === null);
    expect(await status('inbox')).toMatchObject({ pausedAt: expect.stringMatching(/^20/) });
    await ops('followers', 'resume', 'inbox');
    await until(async () => (await status('inbox')).holder === 'embedded');
    expect((await ops('followers', 'status')).out).toMatch(/inbox +\S.*run by embedded/);
  }, 180_000);

  test('has a read model built anew, and nothing to replay', async () => {
    expect(await told('followers', 'rebuild', 'submitted-forms')).toMatchObject({ rebuilt: 'submitted-forms' });
    expect((await ops('followers', 'rebuild', 'inbox')).said).toMatch(/\[█{40}\] 100 %, [1-9]\d* events, \d+ s\n/);
    expect(await told('followers', 'replay', 'mail')).toEqual({ events: 0, left: 0 });
    expect((await ops('followers', 'parked')).out).toBe('nothing is parked\n');
    const refused = await ops('followers', 'rebuild', 'mail');
    expect(refused).toMatchObject({ code: 1, said: 'mail keeps no read model.\n' });
    expect((await ops('followers', 'pause', 'nobody')).said).toMatch(/^There is no follower nobody. There are: saved-/);
  }, 180_000);

  test('moves a checkpoint only of a follower of effects that stands still, and hears first what that comes to', async () => {
    const set = (...args: string[]) => ops('followers', 'set-checkpoint', ...args);
    expect((await set('inbox', 'end')).said).toMatch(/^inbox keeps a read model/);
    expect((await set('mail', 'end')).said).toBe('mail is running: pause it first, then resume it.\n');
    expect((await set('erasure', 'soon')).said).toBe('A position is "end" or a number: not soon.\n');
  }, 180_000);

  test('sees when the jobs that erase ran last, and has none confirmed that is not there', async () => {
    expect((await ops('jobs', 'status')).out).toMatch(/^registration-expiry +ran last at 20/m);
    const { code, said } = await ops('jobs', 'confirm', 'nope');
    expect([code, said]).toEqual([
      1,
      expect.stringMatching(/^There is no job nope. There are: registration-expiry, ret/),
    ]);
  }, 180_000);

  test('sees a mail as a council would send it', async () => {
    const { out } = await ops('mail', 'preview', 'log-in-code', 'sefton');
    expect(out).toMatch(/^From: Sefton Council <donotreply@sefton.example>\nSubject: \S.*\n\n\S/);
    expect((await ops('mail', 'preview', 'update', 'sefton', '--html')).out).toMatch(/^<!doctype html>/i);
    expect((await ops('mail', 'preview', 'update', 'nowhere')).said).toMatch(/^There is no council nowhere/);
  }, 180_000);

  test('sees how mails go, and sends one again', async () => {
    expect(await told('mail', 'status')).toMatchObject({ failed: 0, failures: [] });
    expect((await ops('mail', 'resend', 'nope')).said).toBe('There is no mail nope.\n');
    expect((await ops('mail', 'resend', '--failed')).said).toMatch(/Say so with --yes/);
    expect(await told('--yes', 'mail', 'resend', '--failed')).toEqual({ resent: 0 });
  }, 180_000);
});
