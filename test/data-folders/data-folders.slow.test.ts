import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { DAY } from '../../src/core/clock.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import type { Api, Mail } from '../../src/cli/demo/api.js';
import { playDemo } from '../support/demo.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { submittedForms, until } from '../support/people.js';
import { terminal } from '../support/terminal.js';
import { MovableClock, startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { dataFolders, expectedOf, unpack } from './folder.js';
import { downloadFiles, inboxRow, readAccountHistory, readHistory, readWhole } from './reads.js';

/** Followers that keep no read model: they cannot be rebuilt. */
const EFFECTS = ['mail', 'erasure', 'kafka'];
const YEARS = 5 * 365 * DAY;

/** What is read here of `ops followers status`. */
interface Follower {
  follower: string;
  parked: { events: number };
}

test('a data folder of an earlier version is kept', () => {
  expect(dataFolders().length).toBeGreaterThan(0);
});

describe.each(dataFolders())('The data folder %s, opened by this build', (name) => {
  const { log, parked, ...expected } = expectedOf(name);
  let dataDir: string;
  let frontdoor: Frontdoor;
  let followers: Follower[];
  beforeAll(async () => void (dataDir = await unpack(name)));
  afterAll(() => frontdoor?.stop());

  const ops = async (...args: string[]) => {
    const { code, out, said } = await terminal('ops', { DATA_DIR: dataDir }, ...args, '--json');
    if (code !== 0) throw new Error(said);
    return JSON.parse(out) as unknown;
  };
  const status = async () => (await ops('followers', 'status')) as Follower[];
  const parkedBy = (all: Follower[]) => all.filter((one) => one.parked.events > 0).map(({ follower }) => follower);
  const inbox = async (reference: string) => inboxRow(await frontdoor.staff(parked.council, 'worker'), reference);

  test('is intact before it is opened, with every event that it was kept with', async () => {
    const roots = ['--roots', `${dataDir}-audit`, '--public-key', `${dataDir}-audit/public-key.pem`];
    const verified = await terminal('audit', {}, 'verify', '--all', '--backup', dataDir, ...roots);
    const counted = `intact: ${log.events} events in ${log.streams} streams`;
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining(counted) });
    expect(verified.out).toContain(`signed heads of ${log.roots} roots`);
    expect(log.events).toBeGreaterThan(100);
  });

  test('opens, and what was parked is parked still', async () => {
    frontdoor = await startFrontdoor({ DATA_DIR: dataDir });
    followers = await status();
    expect(parkedBy(followers)).toEqual([parked.follower]);
    expect(await inbox(parked.reference)).toMatchObject({ status: parked.before });
  });

  test('has every read model rebuilt at an operator’s request, and nothing is parked any more', async () => {
    const names = followers.map(({ follower }) => follower).filter((one) => !EFFECTS.includes(one));
    expect(names).toContain('inbox');
    const done = await Promise.all(names.map((one) => ops('followers', 'rebuild', one)));
    expect(done).toEqual(names.map((rebuilt) => ({ rebuilt, events: expect.any(Number) })));
    expect(done).not.toContainEqual(expect.objectContaining({ events: 0 }));
    expect(parkedBy(await status())).toEqual([]);
    expect(await inbox(parked.reference)).toMatchObject({ status: parked.after });
  });

  test('answers staff of each council as it did on its last day', async () => {
    await expectReferrals(frontdoor, expected);
  });

  test('gives nothing back of whom it was told to erase', async () => {
    await expectErased(frontdoor, expected);
  });

  test('lets its referrers in by their passwords and mailed codes, and lists what is asked of them', async () => {
    for (const account of expected.accounts) await expectReferrer(frontdoor, account, expected);
  });

  test('plays the demo, and old and new events together are intact', async () => {
    expect(await playDemo(frontdoor)).toMatch(/demo: \d{3} checks passed, 0 failed/);
    const verified = await terminal('audit', { DATA_DIR: dataDir }, 'verify', '--all', '--json');
    expect(verified.code).toBe(0);
    const { intact, events } = JSON.parse(verified.out) as { intact: boolean; events: number };
    expect(intact).toBe(true);
    expect(events).toBeGreaterThan(log.events);
  });
});

describe.each(dataFolders())('The data folder %s, opened after years', (name) => {
  const expected = expectedOf(name);
  let frontdoor: TimedFrontdoor;
  beforeAll(async () => {
    const clock = new MovableClock(Date.parse(expected.at) + YEARS);
    frontdoor = await startTimedFrontdoor({ DATA_DIR: await unpack(name) }, clock);
  });
  afterAll(() => frontdoor?.stop());

  test('ends what its time has come for, keeps all else and answers as it did', async () => {
    const { savedForms, expiredForms, registrations } = expected;
    for (const stream of [...savedForms, ...expiredForms]) await until(() => endsWith(stream, 'SavedFormExpired'));
    for (const stream of registrations) await until(() => endsWith(stream, 'AccountErased'));
    expect([savedForms, expiredForms, registrations].map(({ length }) => length > 0)).toEqual([true, true, true]);
    await expectReferrals(frontdoor, expected);
    await expectErased(frontdoor, expected);
    await expectReferrer(frontdoor, expected.accounts[0]!, expected);
  });

  async function endsWith(stream: string, type: string): Promise<boolean> {
    const types: string[] = [];
    for await (const record of frontdoor.platform.log.records(stream)) types.push(record.type);
    return types.at(-1) === type;
  }
});

type Expected = Pick<ReturnType<typeof expectedOf>, 'referrals' | 'erasedReferrals' | 'erasedAccounts' | 'accounts'>;
type Asked = Pick<Frontdoor, 'staff' | 'visitor'>;

async function expectReferrals(frontdoor: Asked, { referrals }: Expected): Promise<void> {
  for (const { council, reference, referral, history, head } of referrals) {
    const worker = await frontdoor.staff(council, 'worker');
    const auditor = await frontdoor.staff(council, 'auditor');
    expect(await readWhole(worker, reference)).toMatchObject(referral);
    const { entries, verification } = await readHistory(auditor, reference);
    // What happens by the clock may have come behind.
    expect(entries.slice(0, history.length).map(({ type }) => type)).toEqual(history);
    expect(entries[history.length - 1]!.hash).toBe(head);
    expect(verification.intact).toBe(true);
    for (const { recorded, received } of await downloadFiles(worker, reference)) expect(received).toBe(recorded);
  }
}

async function expectErased(frontdoor: Asked, { erasedReferrals, erasedAccounts }: Expected): Promise<void> {
  for (const { council, reference, cause } of erasedReferrals) {
    const { entries, verification } = await readHistory(await frontdoor.staff(council, 'auditor'), reference);
    expect(entries.at(-1)).toMatchObject({ type: 'ReferralErased', data: { cause } });
    expect(entries.every(({ data }) => data.erased === true)).toBe(true);
    expect(verification.intact).toBe(true);
    const worker = await frontdoor.staff(council, 'worker');
    expect(await inboxRow(worker, reference)).toEqual({ status: 'ERASED', names: '' });
  }
  for (const { council, accountId } of erasedAccounts) {
    const { entries } = await readAccountHistory(await frontdoor.staff(council, 'auditor'), accountId);
    expect(entries.at(-1)!.type).toBe('AccountErased');
    expect(entries.every(({ data }) => data.erased === true)).toBe(true);
  }
}

async function expectReferrer(frontdoor: Asked, account: Expected['accounts'][number], { referrals }: Expected) {
  const { council, email, password, forename, surname } = account;
  const anybody = frontdoor.visitor(council);
  const seen = new Set((await mailsTo(anybody, email)).map(({ id }) => id));
  expect(seen.size).toBeGreaterThan(0);
  const { challengeId: id } = await anybody.ask(ask.logIn, { email, password });
  const { token } = await anybody.ask(ask.confirmLogIn, { id, code: await anybody.code(email, seen) });
  const api = anybody.as(String(token));
  expect(await api.ask(ask.me)).toMatchObject({ email, forename, surname });
  const open = referrals.filter((one) => one.council === council && one.referral.status === 'INFORMATION_REQUESTED');
  expect(open).toHaveLength(1);
  const { requestingMoreInformation } = await submittedForms(api);
  expect(requestingMoreInformation.map(({ reference }) => reference)).toEqual(open.map(({ reference }) => reference));
}

async function mailsTo({ mailbox }: Api, email: string): Promise<Mail[]> {
  const reply = await fetch(`${mailbox}/mailbox.json?to=${encodeURIComponent(email)}&limit=1000`);
  return (await reply.json()) as Mail[];
}
