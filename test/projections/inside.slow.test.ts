import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { startFrontdoor } from '../support/frontdoor.js';
import { filledForm, registered, submitForm, until } from '../support/people.js';

test('what the followers in a process counted is in its metrics, and each metric is there once', async () => {
  const frontdoor = await startFrontdoor();
  try {
    const { api } = await registered(frontdoor.visitor('lancashire'));
    await submitForm(api, await filledForm(api, 'request-for-support'));
    const scrape = async () => (await fetch(`${frontdoor.base}/metrics`)).text();
    await until(async () =>
      /^frontdoor_follower_facts_total\{follower="submitted-forms"\} [1-9]/m.test(await scrape()),
    );
    const text = await scrape();
    // Its own, and what both threads count.
    expect(text).toMatch(/^frontdoor_commands_total\{command="SubmitForm",outcome="accepted"\} 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names).toEqual([...new Set(names)]);
  } finally {
    await frontdoor.stop();
  }
});

test('followers that break down take the process with them, and it says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontdoor-inside-'));
  const [bomb, fuse] = [join(folder, 'bomb.mjs'), join(folder, 'fuse')];
  writeFileSync(
    bomb,
    `import { workerData } from 'node:worker_threads';
     import { existsSync } from 'node:fs';
     const explode = () => { if (existsSync('${fuse}')) throw new TypeError('of a canary'); };
     if (workerData?.events) setInterval(explode, 50).unref();`,
  );
  const frontdoor = await startFrontdoor({ NODE_OPTIONS: `--import=${bomb}` });
  const isDown = () =>
    fetch(`${frontdoor.base}/healthz`).then(
      () => false,
      () => true,
    );
  expect(await isDown()).toBe(false);
  writeFileSync(fuse, '');
  await until(isDown);
  expect(frontdoor.said()).toMatch(/"TypeError".*the process ends: nobody caught an error/);
  expect(frontdoor.said()).not.toContain('canary');
});
