import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Api } from '../../src/cli/demo/api.js';
import { loadConfig } from '../../src/config.js';
import { beside, sharedFrontdoor, startFrontdoor, type Installation } from '../support/frontdoor.js';
import { HtmlBrowser, type HtmlPage } from '../support/html-browser.js';
import { filledForm, readReferral, registered, submitForm, submittedForms } from '../support/people.js';

let frontdoor: Installation;
let referrer: Api;
let worker: Api;
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
  ({ api: referrer } = await registered(frontdoor.visitor('lancashire')));
  worker = await frontdoor.staff('lancashire', 'worker');
});

async function signedIn(role: string, council = 'lancashire'): Promise<HtmlBrowser> {
  const browser = new HtmlBrowser(frontdoor.base);
  await (await browser.get('/console')).form('role').set('council', council).set('role', role).send();
  return browser;
}

async function submitted(): Promise<string> {
  const { reference } = await submitForm(referrer, await filledForm(referrer, 'request-for-support'));
  return reference;
}

/** Presses the button of one action on the page of a referral. */
async function act(browser: HtmlBrowser, reference: string, action: string, fields: Record<string, string> = {}) {
  const form = (await browser.get(`/console/referrals/${reference}`)).form(`do=${action}`);
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form.send();
}

test('nothing is shown before signing in', async () => {
  for (const path of ['', '/inbox', '/referrals/LCC', '/audit', '/followers', '/explorer', '/graphiql']) {
    expect((await new HtmlBrowser(frontdoor.base).get(`/console${path}`)).heading).toBe('Staff sign-in');
  }
});

test('a worker starts the contact, returns, retracts and responds, and the referrer sees it', async () => {
  const reference = await submitted();
  const browser = await signedIn('worker');
  const inbox = await browser.get(`/console/inbox?reference=${reference}`);
  expect(inbox.text).toContain('Violet Plant, Lili Plant');
  expect((await act(browser, reference, 'contact')).text).toContain('Done.');
  const asked = {
    reasonCode: 'insufficient-detail',
    comments: 'Please say more.',
    questionId: 'worries',
    note: 'Since when?',
  };
  const dueOn = { 'dueOn-day': '1', 'dueOn-month': '3', 'dueOn-year': '2099' };
  expect((await act(browser, reference, 'return', { ...asked, ...dueOn })).heading).toContain('Information requested');
  const { requestingMoreInformation } = await submittedForms(referrer);
  expect(requestingMoreInformation).toMatchObject([
    { reference, detail: 'Insufficient Detail', comments: 'Please say more.' },
  ]);
  expect((await act(browser, reference, 'retract', { reason: 'Heard by telephone' })).heading).toContain('In contact');
  const done = await act(browser, reference, 'respond', { outcomeCode: 'signposted', final: 'true' });
  expect(done.heading).toContain('Closed');
  expect((await readReferral(worker, reference)).subjects.map(({ final }) => final)).toEqual([true, true]);
});

test('a page that is out of date changes nothing, and says so', async () => {
  const reference = await submitted();
  const browser = await signedIn('worker');
  const late = (await browser.get(`/console/referrals/${reference}`)).form('do=respond');
  await act(browser, reference, 'contact');
  const told = await late.send();
  expect(told.mistakes).toHaveLength(1);
  expect((await readReferral(worker, reference)).status).toBe('IN_CONTACT');
});

test('an auditor moves through the time of a referral, and sees that nothing was altered', async () => {
  const reference = await submitted();
  await act(await signedIn('worker'), reference, 'contact');
  const browser = await signedIn('auditor');
  const asked = (await browser.get('/console/audit')).form('reason').set('reference', reference);
  expect((await asked.send()).mistakes[0]).toContain('Say why');
  const newest = await asked.set('reason', 'A complaint').send();
  expect(newest.text).toContain('Intact');
  expect(newest.text).toContain('In contact');
  const last = Number(newest.form('revision').values('revision')[0]);
  const before = await newest
    .form('revision')
    .set('revision', String(last - 1))
    .send();
  expect(before.text).toContain(`after fact ${last - 1} of ${last}`);
  expect(before.text).toContain('Submitted: No response posted');
  const draft = await newest.form('revision').set('revision', '0').send();
  expect(draft.text).toContain('had not been submitted then');
});

test('what a role may not do is not shown, and refused where it is asked for all the same', async () => {
  const reference = await submitted();
  const auditor = await signedIn('auditor');
  const page = await auditor.get(`/console/referrals/${reference}`);
  expect(page.has('do=contact')).toBe(false);
  expect((await auditor.get('/console/inbox')).status).toBe(403);
  const stranger = await signedIn('worker', 'sefton');
  expect((await stranger.get(`/console/referrals/${reference}`)).status).toBe(404);
});

test('followers and operations can be looked at by any of them', async () => {
  const browser = await signedIn('worker');
  const followers = await browser.get('/console/followers');
  for (const name of ['saved-forms', 'submitted-forms', 'inbox', 'mail', 'erasure'])
    expect(followers.text).toContain(name);
  const asked = await browser.get('/console/explorer?operation=inbox');
  expect((await asked.form('query').send()).text).toContain('"totalCount"');
  expect((await asked.form('query').set('query', '{me{id}}').send()).text).toContain('FORBIDDEN');
  expect((await browser.get('/console/graphiql')).html).toContain('/console/assets/graphiql.js');
});

test('a form from elsewhere is refused, and pages load nothing from elsewhere', async () => {
  const reference = await submitted();
  const browser = await signedIn('worker');
  const body = new URLSearchParams({ do: 'contact', revision: '1' });
  expect((await browser.ask(`/console/referrals/${reference}`, { method: 'POST', body })).status).toBe(403);
  const pages: HtmlPage[] = [];
  for (const path of ['inbox', `referrals/${reference}`, 'followers', 'explorer', 'graphiql']) {
    pages.push(await browser.get(`/console/${path}`));
  }
  for (const page of pages) {
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.all('script').every((script) => script.childNodes.length === 0)).toBe(true);
    expect(page.html).not.toMatch(/<(link|script)[^>]*(src|href)="(https?:)?\/\//);
    expect(page.html).not.toMatch(/ style="| on[a-z]+="/);
  }
});

test('it can be turned off, and is off in production unless turned on', async () => {
  const key = () => randomBytes(32).toString('base64');
  const production = {
    NODE_ENV: 'production',
    MASTER_KEY: key(),
    APP_SECRET: key(),
    STAFF_ISSUER: 'https://id.example',
    STAFF_JWKS_URL: 'https://id.example/keys',
    EVENTSTORE_URL: 'esdb://events',
    MONGO_URL: 'mongodb://views',
    SMTP_URL: 'smtp://mail',
    PUBLIC_URL: 'https://api.example',
    DATA_DIR: mkdtempSync(join(tmpdir(), 'frontdoor-')),
  };
  expect(loadConfig(production).console).toBe(false);
  expect(loadConfig({ ...production, CONSOLE: 'on' }).console).toBe(true);
  const without = await startFrontdoor({ ...beside(frontdoor), CONSOLE: 'off' });
  try {
    expect((await fetch(`${without.base}/console`)).status).toBe(404);
    expect((await fetch(`${without.base}/console/sign-in`)).status).toBe(404);
  } finally {
    await without.stop();
  }
});
