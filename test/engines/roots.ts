import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';
import { startFrontdoor } from '../support/frontdoor.js';
import { filledForm, registered, submitForm } from '../support/people.js';
import { terminal } from '../support/terminal.js';

interface Verified {
  intact: boolean;
  roots: number;
  headsMatched: number;
  rootProblems: string[];
}

export interface Audited {
  /** What `npm run audit -- verify --all` finds, and its exit code. */
  verify: () => Promise<Verified & { code: number }>;
  stop: () => Promise<void>;
}

/** The product with a referral in it, its roots kept where these settings say, the first of them gathered. */
export async function auditedAt(settings: Record<string, string>): Promise<Audited> {
  const frontdoor = await startFrontdoor(settings);
  const { api } = await registered(frontdoor.visitor('lancashire'));
  await submitForm(api, await filledForm(api, 'request-for-support'));
  // Gathered at each start.
  await frontdoor.stop();
  await frontdoor.restart();
  const verify = async () => {
    const said = await terminal('audit', { DATA_DIR: frontdoor.dataDir, ...settings }, '--json', 'verify', '--all');
    if (said.out === '') throw new Error(said.said);
    return { code: said.code, ...(JSON.parse(said.out) as Verified) };
  };
  for (let tries = 0; (await verify()).roots === 0; tries += 1) {
    if (tries === 20) throw new Error('No root was gathered.');
    await sleep(500);
  }
  return { verify, stop: () => frontdoor.stop() };
}

/** The account, its address, the form and its reference, each with a signed head, and nothing wrong. */
export async function expectIntact(audited: Audited): Promise<void> {
  const found = await audited.verify();
  expect(found).toMatchObject({ code: 0, intact: true, roots: 1, rootProblems: [] });
  expect(found.headsMatched).toBeGreaterThanOrEqual(4);
}
