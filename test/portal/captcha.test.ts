import { rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPortal } from '../../deploy/examples/portal/portal.js';
import { numberOf, type Challenge } from '../support/captcha.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { attribute, HtmlBrowser, type HtmlForm, type HtmlPage } from '../support/html-browser.js';
import { PASSWORD } from '../support/people.js';
import { councilsWithCaptcha } from './captcha-council.js';
import { PortalReferrer } from './referrer.js';

const COUNCIL = 'lancashire';
const FORM = '/forms/request-for-support';

let frontdoor: Frontdoor;
let portal: ReturnType<typeof createPortal>;
let base: string;
const COUNCILS_DIR = councilsWithCaptcha(COUNCIL);
const somebody = () => new PortalReferrer(base, frontdoor.visitor(COUNCIL));

beforeAll(async () => {
  frontdoor = await startFrontdoor({ COUNCILS_DIR });
  portal = createPortal({ api: frontdoor.base, council: COUNCIL, secure: false, secret: Buffer.from('of this test') });
  await portal.listen({ port: 0, host: '127.0.0.1' });
  base = `http://127.0.0.1:${(portal.server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await portal?.close();
  await frontdoor?.stop();
  rmSync(COUNCILS_DIR, { recursive: true });
});

/** What the page's script does: finds the number that the challenge hides. */
function solved(page: HtmlPage): string {
  const field = page.all('input').find((input) => attribute(input, 'name') === 'captcha')!;
  const given = JSON.parse(attribute(field, 'data-captcha')!) as Challenge;
  const { algorithm, challenge, salt, signature } = given;
  return btoa(JSON.stringify({ algorithm, challenge, number: numberOf(given), salt, signature }));
}

/** The first step of a registration is done; the second is filled in but for the captcha. */
async function details(
  { browser, email }: PortalReferrer,
  from = '/register',
): Promise<{ page: HtmlPage; form: HtmlForm }> {
  const names = (await browser.get(from)).form('forename').set('forename', 'Lynn').set('surname', 'Robinson');
  const page = await names.send();
  return { page, form: page.form('email').set('email', email).set('password', PASSWORD).set('again', PASSWORD) };
}

describe('where a council asks for a captcha', () => {
  test('a registration without one is sent back with the reason, and with another to solve', async () => {
    const referrer = somebody();
    const { form } = await details(referrer);
    const refused = await form.send();
    expect(refused.mistakes).toEqual(['Please complete the captcha.']);
    expect(refused.form('email').values('email')).toEqual([referrer.email]);
    const again = refused.form('email').set('password', PASSWORD).set('again', PASSWORD);
    expect((await again.set('captcha', solved(refused)).send()).heading).toBe('Enter the code that we sent you');
  });

  test('a solution lets one registration through, not another', async () => {
    const one = await details(somebody());
    const solution = solved(one.page);
    expect((await one.form.set('captcha', solution).send()).heading).toBe('Enter the code that we sent you');
    const other = await details(somebody());
    expect((await other.form.set('captcha', solution).send()).mistakes).toEqual([
      'This captcha was used before. Please complete a new one.',
    ]);
  });

  test('a form is chosen and the captcha solved before there is an account; after it the form opens', async () => {
    const referrer = somebody();
    const start = await referrer.browser.get(FORM);
    const asked = await start.form('commandId').set('captcha', solved(start)).send();
    expect(asked.heading).toBe('Log in');
    expect(asked.text).toContain('To fill in a form you need an account.');
    const { page, form } = await details(referrer, asked.link('Create an account'));
    const terms = await referrer.code(await form.set('captcha', solved(page)).send());
    const opened = await terms.form('accepted').set('accepted', 'true').send();
    expect(opened.url.pathname).toMatch(/^\/saved-forms\/[0-9a-f-]{36}$/);
    expect(opened.heading).toBe('Request for Support');
    // Going back begins nothing more.
    expect((await referrer.browser.get(`${FORM}/begin`)).url.pathname).toBe(FORM);
  });

  test('a form that is started without one is not', async () => {
    const referrer = somebody();
    const { page, form } = await details(referrer);
    const terms = await referrer.code(await form.set('captcha', solved(page)).send());
    await terms.form('accepted').set('accepted', 'true').send();
    const refused = await (await referrer.browser.get(FORM)).form('commandId').send();
    expect(refused.mistakes).toEqual(['Please complete the captcha.']);
    expect(refused.html).toContain('href="#captcha"');
    const begun = await refused.form('commandId').set('captcha', solved(refused)).send();
    expect(begun.url.pathname).toMatch(/^\/saved-forms\//);
  });
});

describe('a form that is chosen before logging in', () => {
  test('waits while a forgotten password is reset', async () => {
    const referrer = somebody();
    const { page, form } = await details(referrer);
    const terms = await referrer.code(await form.set('captcha', solved(page)).send());
    const home = await terms.form('accepted').set('accepted', 'true').send();
    await home.form('csrf').send();
    const start = await referrer.browser.get(FORM);
    const asked = await start.form('commandId').set('captcha', solved(start)).send();
    const forgotten = await referrer.browser.get(asked.link('forgotten my password'));
    const reset = await forgotten.form('email').set('email', referrer.email).send();
    const password = `${PASSWORD}-and-more`;
    const code = await frontdoor.visitor(COUNCIL).code(referrer.email, referrer.seen);
    const log = await reset.form('code').set('code', code).set('password', password).set('again', password).send();
    const typed = await log.form('email').set('email', referrer.email).set('password', password).send();
    expect((await referrer.code(typed)).url.pathname).toMatch(/^\/saved-forms\//);
  });

  test('is begun by nobody else: a link to it from elsewhere leads to the page before it', async () => {
    const page = await new HtmlBrowser(base).get(`${FORM}/begin`);
    expect([page.url.pathname, page.heading]).toEqual([FORM, 'Request for Support']);
  });
});
