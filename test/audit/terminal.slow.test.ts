import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { projectRoot } from '../../src/core/project-root.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import {
  filledForm,
  readReferral,
  registered,
  returned,
  submitForm,
  until,
  type Registered,
} from '../support/people.js';
import { run, terminal } from '../support/terminal.js';
import { TamperedFile } from './tampering.js';

let frontdoor: Frontdoor;
let person: Registered;
let reference: string;
let folder: string;
const audit = (...args: string[]) => terminal('audit', { DATA_DIR: frontdoor.dataDir }, ...args);
const jsonLines = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; data: Record<string, string | null> });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'audit-terminal-'));
  frontdoor = await startFrontdoor();
  person = await registered(frontdoor.visitor('lancashire'));
  ({ reference } = await submitForm(person.api, await filledForm(person.api, 'request-for-support')));
  const worker = await frontdoor.staff('lancashire', 'worker');
  await readReferral(worker, reference);
  await returned(worker, reference);
  // A root is gathered soon after each start.
  await frontdoor.stop();
  await frontdoor.restart();
  await until(async () => {
    const { out } = await audit('verify', '--all', '--json');
    return (JSON.parse(out) as { headsMatched: number }).headsMatched >= 4;
  });
});
afterAll(() => frontdoor.stop());

describe('at the auditor’s terminal', () => {
  test('the whole log, one referral and one day verify against the signed roots', async () => {
    const all = await audit('verify', '--all', '--json');
    expect(JSON.parse(all.out)).toMatchObject({ intact: true, broken: [], rootProblems: [] });
    expect((JSON.parse(all.out) as { headsMatched: number }).headsMatched).toBeGreaterThanOrEqual(4);
    expect(await audit('verify', reference.toLowerCase())).toMatchObject({
      code: 0,
      out: expect.stringContaining('intact: '),
    });
    const since = await audit('verify', '--since', new Date(Date.now() + 60_000).toISOString(), '--json');
    expect(JSON.parse(since.out)).toMatchObject({ intact: true });
    expect((await audit('verify')).said).toContain('Say what to verify');
  });

  test('a history shows what happened, filtered, in pages, as JSON lines and as a PDF; its read is a fact', async () => {
    const pdf = join(folder, 'history.pdf');
    const reason = ['--reason', 'A complaint was made'];
    const text = await audit('history', reference, ...reason, '--pdf', pdf);
    expect(text).toMatchObject({
      code: 0,
      out: expect.stringMatching(/FormStarted[^]*InformationRequested[^]*chain intact/),
    });
    expect(text.out).toContain('Please say more.');
    expect(readFileSync(pdf).subarray(0, 5).toString()).toBe('%PDF-');
    const page = await audit(
      'history',
      reference,
      ...reason,
      '--types',
      'FormSubmitted',
      'FormStarted',
      '--first',
      '1',
      '--json',
    );
    expect(jsonLines(page.out).map(({ type }) => type)).toEqual(['FormStarted']);
    const account = await audit('account', person.email, ...reason, '--council', 'lancashire', '--json');
    expect(jsonLines(account.out).map(({ type }) => type)).toContain('RegistrationStarted');
    expect(account.out).not.toContain('argon2');

    const reads = await audit('reads', reference, ...reason, '--json');
    const told = jsonLines(reads.out).map(({ data }) => data);
    expect(told.map(({ operation }) => operation)).toEqual([
      'referral',
      'referral',
      'terminal history',
      'terminal history',
      'terminal reads',
    ]);
    expect(told.at(-1)!.reason).toBe('A complaint was made');
    expect((await audit('history', reference)).said).toContain('--reason');
  });

  test('an exported history is verified by a program that knows nothing of the application', async () => {
    const file = join(folder, 'evidence.jsonl');
    await audit('export', reference, file, '--reason', 'For the court');
    const key = join(folder, 'key.pem');
    writeFileSync(key, (await audit('public-key')).out);
    const verify = (path: string, pem = key) => run([join(projectRoot, 'deploy/verify-history.mjs'), path, pem]);
    expect(await verify(file)).toMatchObject({ code: 0, out: expect.stringMatching(/chain intact[^]*signature fits/) });

    const text = readFileSync(file, 'utf8');
    const spoil = async (change: (lines: string[]) => string[]) => {
      writeFileSync(join(folder, 'spoiled.jsonl'), change(text.trim().split('\n')).join('\n'));
      const { code, out } = await verify(join(folder, 'spoiled.jsonl'));
      return [code, /BROKEN: (.*)/.exec(out)?.[1]];
    };
    const altered = (lines: string[]) =>
      lines.map((line, n) => (n === 1 ? line.replace(/"sealed\\":\\"(.)/, '"sealed\\":\\"_') : line));
    expect(await spoil(altered)).toEqual([1, expect.stringContaining('revision 1: altered')]);
    expect(await spoil((lines) => lines.filter((_, n) => n !== 2))).toEqual([
      1,
      expect.stringContaining('revision 2 was expected'),
    ]);
    expect(await spoil((lines) => lines.filter((_, n) => n !== lines.length - 2))).toEqual([
      1,
      expect.stringContaining('not as it was signed'),
    ]);
    expect(
      await spoil((lines) => lines.map((line) => line.replace(/"at":"20\d\d-(\d\d)(?=.*signature)/, '"at":"2001-$1'))),
    ).toEqual([1, expect.stringContaining('does not fit the public key')]);
    const other = join(folder, 'other.pem');
    writeFileSync(other, (await terminal('audit', { DATA_DIR: join(folder, 'elsewhere') }, 'public-key')).out);
    expect(await verify(file, other)).toMatchObject({ code: 1, out: expect.stringContaining('does not fit') });
  });

  test('a backup is verified with nothing but the roots and the public key; where it was tampered with, the place is named', async () => {
    const backup = join(folder, 'backup');
    await terminal('ops', { DATA_DIR: frontdoor.dataDir }, 'backup', backup);
    const roots = join(folder, 'roots');
    cpSync(`${frontdoor.dataDir}-audit`, roots, { recursive: true });
    const verify = () =>
      run(
        [
          join(projectRoot, 'dist/src/cli/audit/main.js'),
          'verify',
          '--all',
          '--backup',
          backup,
          '--roots',
          roots,
          '--public-key',
          join(roots, 'public-key.pem'),
        ],
        { NODE_ENV: 'production', DATA_DIR: '/nowhere' },
      );
    expect(await verify()).toMatchObject({ code: 0, out: expect.stringContaining('intact: ') });
    const file = new TamperedFile(join(backup, 'event-store/events.db'));
    const [key, name] = [...file.names].find(([, stream]) => stream.startsWith('referral-'))!;
    const last = file.rows(key).at(-1)!;
    file.delete(last.position);
    file.close();
    const broken = await verify();
    expect(broken).toMatchObject({
      code: 1,
      out: expect.stringContaining(`${name} at revision ${last.revision}: missing`),
    });
  });
});
