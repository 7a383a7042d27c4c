import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { terminal } from '../support/terminal.js';
import { DIR } from './support.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'councils-'));
  cpSync(DIR, dir, { recursive: true });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the operator, about the councils of a folder', () => {
  it('has it checked, by either of two names', async () => {
    expect(await terminal('ops', {}, 'forms', 'check', dir)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^No mistakes.\nlancashire [^]*worcestershire/),
    });
    const council = join(dir, 'lancashire/council.yaml');
    writeFileSync(council, readFileSync(council, 'utf8').replace('attempts: 5', 'attempts: 0'));
    const faulty = { code: 1, out: expect.stringContaining('codePolicy.attempts') };
    expect(await terminal('ops', {}, 'forms', 'check', dir)).toMatchObject(faulty);
    expect(await terminal('ops', { COUNCILS_DIR: dir }, 'councils', 'check')).toMatchObject(faulty);
    const { out } = await terminal('ops', {}, '--json', 'councils', 'check', dir);
    expect(JSON.parse(out)).toEqual({
      councils: [],
      mistakes: [expect.stringMatching(/council.yaml:\d+: codePolicy.attempts – /)],
    });
    expect(await terminal('ops', {}, 'councils', 'list', '--dir', dir)).toMatchObject({
      code: 1,
      said: expect.stringContaining('codePolicy.attempts'),
    });
  }, 180_000);

  it('has them listed', async () => {
    const { out } = await terminal('ops', {}, '--json', 'councils', 'list', '--dir', dir);
    const listed = JSON.parse(out) as { id: string; hosts: string[]; forms: string[] }[];
    expect(listed.map(({ id }) => id)).toEqual(['lancashire', 'sefton', 'worcestershire']);
    expect(listed[0]).toMatchObject({
      hosts: expect.arrayContaining(['lancashire.localhost']),
      forms: ['request-for-support v1'],
    });
    expect((await terminal('ops', {}, 'councils', 'list', '--dir', dir)).out).toMatch(/^lancashire \(.*\)\n {2}hosts/);
  }, 180_000);

  it('has a form shown as text', async () => {
    const preview = (...args: string[]) => terminal('ops', {}, 'forms', 'preview', ...args, '--dir', dir);
    const { out, code } = await preview('request-for-support', '--council', 'lancashire');
    expect(code).toBe(0);
    expect(out).toContain('8. Submit');
    expect(out).toContain('{if not (yourDetails.organisationType is nspcc)}');
    expect(await preview('no-such-form')).toMatchObject({
      code: 1,
      said: expect.stringMatching(
        /^No council has a form “no-such-form”. There are: request-for-support \(lancashire\), /,
      ),
    });
    expect((await terminal('ops', {}, 'forms', 'dance')).code).toBe(2);
  }, 180_000);
});
