import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Api } from '../../src/cli/demo/api.js';
import { DIR } from '../council/support.js';
import { dist } from '../support/dist.js';
import { freePort } from '../support/free-port.js';

const folder = mkdtempSync(join(tmpdir(), 'frontdoor-dev-'));
const councils = join(folder, 'councils');
const council = join(councils, 'lancashire/council.yaml');
let dev: ChildProcess;
let said = '';
let api: Api;

/** Polls until it holds; the test's own timeout ends it. */
const until = async (holds: () => Promise<boolean> | boolean) => {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 100));
};
const name = () =>
  api.ask<{ name: string }>('{council{name}}').then(
    (answer) => answer.name,
    () => undefined,
  );
const edit = (from: string, to: string) => writeFileSync(council, readFileSync(council, 'utf8').replace(from, to));

beforeAll(async () => {
  cpSync(DIR, councils, { recursive: true });
  const port = await freePort();
  api = new Api(`http://127.0.0.1:${port}`, 'lancashire');
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'test', PORT: String(port), LOG_LEVEL: 'error' };
  dev = spawn(process.execPath, [join(dist, 'src/cli/dev.js')], {
    env: { ...env, DATA_DIR: join(folder, 'data'), COUNCILS_DIR: councils },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const output of [dev.stdout!, dev.stderr!]) output.on('data', (text: Buffer) => (said += text.toString()));
  await until(async () => (await name()) !== undefined);
});
afterAll(async () => {
  const exited = once(dev, 'exit');
  dev.kill('SIGTERM');
  await exited;
  rmSync(folder, { recursive: true, force: true });
});

test('a change is served without another command; a mistake is named, and waited out', async () => {
  edit('name: Lancashire County Council', 'name: The County of Lancashire');
  await until(async () => (await name()) === 'The County of Lancashire');
  edit('attempts: 5', 'attempts: 0');
  await until(() => said.includes('codePolicy.attempts'));
  await until(() => said.includes('it is started again at the next change'));
  expect(await name()).toBeUndefined();
  edit('attempts: 0', 'attempts: 5');
  await until(async () => (await name()) === 'The County of Lancashire');
}, 240_000);
