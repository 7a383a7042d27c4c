import { readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { createPortal } from '../../../deploy/examples/portal/portal.js';
import type { Answers } from '../../../src/council/form.js';
import { startFrontdoor, type Frontdoor } from '../../support/frontdoor.js';
import { councils, PASSWORD } from '../../support/people.js';
import { councilsWithCaptcha } from '../../portal/captcha-council.js';
import type { Fixture } from '../../portal/referrer.js';
import { Unavailable } from '../engine.js';
import { answerPage } from './answers.js';
import { startChromium, Window } from './chromium.js';

const COUNCIL = 'lancashire';
const FORM = 'request-for-support';
/** Where a captcha is asked for before registering and before a form. */
const COUNCILS_DIR = councilsWithCaptcha(COUNCIL);

const chromium = await startChromium().catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error;
  console.warn(`SKIPPED: Chromium could not be had: ${error.message}`);
  return undefined;
});
afterAll(() => chromium?.close());

/** One referral in a real browser, from the portal to the worker to the auditor; each test is its next part. */
(chromium ? describe : describe.skip)('a referral in the browser', () => {
  const browser = chromium as Browser;
  const email = `browser-${Date.now()}@example.org`;
  const seen = new Set<string>();
  let frontdoor: Frontdoor;
  let portal: ReturnType<typeof createPortal>;
  let base: string;
  let referrer: Window;
  let worker: Window;
  let auditor: Window;
  let reference = '';

  beforeAll(async () => {
    frontdoor = await startFrontdoor({ COUNCILS_DIR });
    const secret = Buffer.from('of this test');
    portal = createPortal({ api: frontdoor.base, council: COUNCIL, secure: false, secret });
    await portal.listen({ port: 0, host: '127.0.0.1' });
    base = `http://127.0.0.1:${(portal.server.address() as AddressInfo).port}`;
    referrer = await Window.open(browser, '1-portal');
    worker = await Window.open(browser, '2-worker');
    auditor = await Window.open(browser, '3-auditor');
  });
  afterAll(async () => {
    await portal.close();
    await frontdoor.stop();
    rmSync(COUNCILS_DIR, { recursive: true });
  });

  const code = async () => {
    await referrer.page.getByLabel('Code', { exact: true }).fill(await frontdoor.visitor(COUNCIL).code(email, seen));
    await referrer.press('Continue');
  };
  const signIn = async (window: Window, role: string) => {
    await window.go(`${frontdoor.base}/console`);
    await window.page.getByLabel('Council').selectOption(COUNCIL);
    await window.page.getByLabel('Role').selectOption(role);
    await window.press('Sign in');
  };

  test('somebody chooses a form, registers for it, with a new code on the way, and accepts the terms', async () => {
    const { page } = referrer;
    await referrer.go(base);
    await referrer.press('Request for Support', 'link');
    await referrer.press('Start this form');
    expect(await page.locator('main').innerText()).toContain('To fill in a form you need an account.');
    await page.locator('main').getByRole('link', { name: 'Create an account' }).click();
    await referrer.press('Continue');
    expect(await page.title()).toMatch(/^Error: /);
    await page.getByRole('link', { name: 'Enter your first name.' }).click();
    expect(await page.evaluate('document.activeElement.id')).toBe('forename');
    await page.getByLabel('First name').fill('Lynn');
    await page.getByLabel('Last name').fill('Robinson');
    await page.getByLabel('Yes').check();
    await referrer.press('Continue');
    await page.getByLabel('Postcode').fill('PR1 8XJ');
    await referrer.press(/^Find address/);
    await referrer.press(/^Use this address/);
    await page.getByLabel('Telephone (optional)').fill('01632 960001');
    await page.getByLabel('Email address').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByLabel('Password again').fill(PASSWORD);
    await referrer.press('Create account');
    await frontdoor.visitor(COUNCIL).code(email, seen);
    await referrer.press('Please send me a new code');
    await code();
    await page.getByLabel('I accept these terms').check();
    await referrer.press('Continue');
    // The form that was chosen is open: its captcha was solved before there was an account.
    expect(await referrer.heading()).toBe('Request for Support');
    expect(page.url()).toContain('/saved-forms/');
  });

  test('fills in a form page by page, for two children at once and apart, and submits it', async () => {
    const { page } = referrer;
    const form = councils().byId(COUNCIL)!.form(FORM)!;
    const text = readFileSync(`test/fixtures/answers/${COUNCIL}/${FORM}.json`, 'utf8');
    const { subjects } = JSON.parse(text) as Fixture;
    await referrer.press(/^Who this is about/, 'link');
    await referrer.press(/^Add another/);
    for (const [place, { forename, surname }] of subjects.entries()) {
      await page.locator(`#forename-${place}`).fill(forename);
      await page.locator(`#surname-${place}`).fill(surname);
    }
    const ids = await page
      .locator('[name=person]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('value') ?? ''));
    const own = subjects.reduce((told, { id }, nth) => told.replaceAll(id, ids[nth]), text);
    const { answers, subjects: named } = JSON.parse(own) as Fixture;
    await referrer.press('Confirm');
    await referrer.press('Overview of the form', 'link');
    await referrer.press(/^(Begin|Carry on)/);
    while (page.url().includes('/sections/')) {
      const section = new URL(page.url()).pathname.split('/').at(-1)!;
      await splitWhereTheyDiffer(
        section,
        answers,
        named.map(({ id }) => id),
      );
      await answerPage(page, form, section, answers, named);
      await referrer.press('Next');
    }
    expect(await referrer.heading()).toBe('Supporting documents');
    await referrer.press('Check your answers');
    expect(await page.locator('main').innerText()).toContain('100% complete');
    await referrer.press('Submit');
    reference = /submitted-forms\/([^/]+)\//.exec(page.url())![1]!;
    expect(await page.locator('main').innerText()).toContain(reference);
    await referrer.press('Go to My submitted forms', 'link');
    await referrer.go(`${base}/saved-forms`);
    await referrer.go(`${base}/account`);
    await referrer.go(`${base}/account/password`);
  }, 300_000);

  async function splitWhereTheyDiffer(section: string, answers: Answers, ids: string[]): Promise<void> {
    for (const [question, value] of Object.entries(answers[section] ?? {})) {
      const each = value as Record<string, unknown>;
      const split = referrer.page.locator(`button[value="split:${question}"]`);
      if ((await split.count()) === 0 || !(await split.isVisible())) continue;
      if (ids.every((id) => JSON.stringify(each[id]) === JSON.stringify(each[ids[0]!]))) continue;
      await split.click();
      await referrer.page.waitForSelector(`button[value="join:${question}"]`);
    }
  }

  test('a worker finds it, starts the contact and asks for more about one question', async () => {
    const { page } = worker;
    await signIn(worker, 'worker');
    await worker.press(reference, 'link');
    await worker.press('Start contact');
    await page.getByText('Return for more information').click();
    await page.getByLabel('Comments').fill('Please say more about the school.');
    await page.getByLabel('Question it is about').selectOption('worries');
    await page.getByLabel('What to say about the question').fill('Since when?');
    await worker.press('Return');
    expect(await worker.heading()).toMatch(/information requested/i);
    await worker.go(`${frontdoor.base}/console/followers`);
    await worker.go(`${frontdoor.base}/console/explorer?operation=inbox`);
    await worker.press('Ask');
    expect(await page.locator('main').innerText()).toContain('"totalCount"');
  });

  test('the referrer answers beside the previous form', async () => {
    const { page } = referrer;
    await referrer.go(`${base}/submitted-forms`);
    await referrer.press('Request for Support', 'link');
    expect(await page.locator('main').innerText()).toContain('Since when?');
    await referrer.press('Open the form');
    await referrer.press(/^6\. /, 'link');
    expect(await page.locator('main').innerText()).toContain('As you sent it before');
    await page.locator('[name=q-worries]').fill('Since September, as the attendance record shows.');
    await referrer.press('Next');
    await referrer.go(page.url().replace(/\/sections\/.*/, '/check'));
    await referrer.press('Submit');
    expect(await page.locator('main').innerText()).toContain('version 2');
  });

  test('the worker sees what changed, and responds', async () => {
    const { page } = worker;
    await worker.go(`${frontdoor.base}/console/referrals/${reference}`);
    expect(await page.locator('main').innerText()).toContain('Since September, as the attendance record shows.');
    await page.locator('summary', { hasText: 'Respond' }).click();
    await page.getByLabel('Outcome').selectOption('family-intensive-support');
    await page.getByLabel('This ends the contact').check();
    await worker.press('Respond');
    expect(await page.locator('main').innerText()).toContain('Progressed to Family Intensive Support');
    await referrer.go(`${base}/submitted-forms`);
    expect(await referrer.page.locator('main').innerText()).toContain('Progressed to Family Intensive Support');
    await referrer.press('Log out');
  });

  test('an auditor slides through its time and sees it verified', async () => {
    const { page } = auditor;
    await signIn(auditor, 'auditor');
    await page.getByLabel('Reference').fill(reference);
    await page.getByLabel('Why you read it').fill('A look at one referral');
    await auditor.press('Show its history');
    expect(await page.locator('main').innerText()).toContain('Intact');
    const slider = page.getByRole('slider');
    const last = Number(await slider.inputValue());
    await slider.focus();
    const moved = page.waitForNavigation();
    await slider.press('ArrowLeft');
    await moved;
    await auditor.look();
    expect(await page.getByRole('slider').inputValue()).toBe(String(last - 1));
    expect(await page.locator('main').innerText()).not.toContain('Progressed to Family Intensive Support');
  });

  test('GraphiQL answers with nothing from elsewhere', async () => {
    const { page } = worker;
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (!/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url())) elsewhere.push(request.url());
    });
    await page.goto(`${frontdoor.base}/console/graphiql`);
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('Lancashire County Council').first().waitFor();
    expect(elsewhere).toEqual([]);
  });

  test('no page broke a rule of accessibility, and nothing on any was blocked or failed', () => {
    for (const { complaints, looked } of [referrer, worker, auditor]) {
      expect(complaints).toEqual([]);
      expect(looked.size).toBeGreaterThan(1);
    }
  });
});
