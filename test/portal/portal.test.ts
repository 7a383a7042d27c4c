import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPortal } from '../../deploy/examples/portal/portal.js';
import type { Api } from '../../src/cli/demo/api.js';
import type { Answers } from '../../src/council/form.js';
import { pdf } from '../attachment/honest-files.js';
import { sharedFrontdoor, type Installation } from '../support/frontdoor.js';
import { HtmlBrowser } from '../support/html-browser.js';
import { councils, PASSWORD, readReferral, returned, until } from '../support/people.js';
import { PortalReferrer, type Fixture } from './referrer.js';

const SUBMITTED =
  'query($reference: String!){submittedForm(reference:$reference){answers subjects{id forename surname}}}';

/** The portal of each council, on one Frontdoor. */
let frontdoor: Installation;
const portals = new Map<string, { base: string; close(): Promise<unknown> }>();
const referrers = new Map<string, PortalReferrer>();
beforeAll(async () => {
  frontdoor = await sharedFrontdoor();
  for (const { id } of councils().all()) {
    const portal = createPortal({
      api: frontdoor.base,
      council: id,
      secure: false,
      secret: Buffer.from('of this test'),
    });
    await portal.listen({ port: 0, host: '127.0.0.1' });
    const { port } = portal.server.address() as AddressInfo;
    portals.set(id, { base: `http://127.0.0.1:${port}`, close: () => portal.close() });
    const referrer = new PortalReferrer(`http://127.0.0.1:${port}`, frontdoor.visitor(id));
    await referrer.register();
    referrers.set(id, referrer);
  }
});
afterAll(async () => {
  for (const portal of portals.values()) await portal.close();
});

const everyForm = councils()
  .all()
  .flatMap(({ id: council, formGroups }) => formGroups.flatMap(({ forms }) => forms.map(({ id }) => [council, id])));
const fixture = (council: string, form: string) =>
  JSON.parse(readFileSync(`test/fixtures/answers/${council}/${form}.json`, 'utf8')) as Fixture;
/** The caller behind the portal's session, for looking at what it did. */
const behind = (council: string): Api =>
  frontdoor.visitor(council).as(referrers.get(council)!.browser.cookie('session'));

const formOf = (council: string, id: string) => councils().byId(council)!.form(id)!;
const account = { forename: 'Lynn', surname: 'Robinson', email: '', professional: true };

describe('every form', () => {
  test.each(everyForm)('%s: %s shows each of its pages', async (council, formId) => {
    const referrer = referrers.get(council)!;
    const form = formOf(council, formId);
    const path = await referrer.start(form.id);
    await referrer.name(path, fixture(council, formId).subjects);
    for (const { id, number, title, questions } of form.definition.sections) {
      const page = await referrer.browser.get(`${path}/sections/${id}`);
      expect(page.status).toBe(200);
      expect(page.heading).toBe(`${number}. ${title}`);
      for (const { label } of questions) expect(page.text).toContain(label.replace(/\s+/g, ' ').trim());
    }
  });
});

// The others are filled in in test/engines/browser/every-form.test.ts.
test.each([
  ['lancashire', 'request-for-support'],
  ['sefton', 'quality-concern'],
  ['worcestershire', 'early-help'],
])(
  '%s: %s is filled in page by page, checked and submitted',
  async (council, formId) => {
    const form = formOf(council, formId);
    const sent = await referrers.get(council)!.submit(form, fixture(council, formId));
    expect(sent.pages).toEqual(form.check(sent.answers, sent.named, account).visibleSections);
    expect(sent.check.text).toContain('100% complete');
    expect(sent.confirmation.heading).toBe('Form submitted');
    const [, reference] = /submitted-forms\/([^/]+)\//.exec(sent.confirmation.url.pathname)!;
    expect(sent.confirmation.text).toContain(reference);
    const { answers } = await behind(council).ask<{ answers: Answers }>(SUBMITTED, { reference });
    expect(answers).toEqual(sent.answers);
    const pdfFile = await fetch(sent.confirmation.link('PDF'));
    expect((await pdfFile.text()).slice(0, 5)).toBe('%PDF-');
  },
  60_000,
);

describe('along the way', () => {
  const lancashire = () => referrers.get('lancashire')!;

  test('the catalogue shows every group and form, with what to do instead in urgent cases', async () => {
    for (const { id, formGroups, urgentNotice } of councils().all()) {
      const page = await new HtmlBrowser(portals.get(id)!.base).get('/');
      expect(page.text).toContain(urgentNotice.trim());
      for (const group of formGroups) {
        expect(page.text).toContain(group.title);
        for (const form of group.forms) expect(page.link(form.title)).toBe(`/forms/${form.id}`);
      }
    }
  });

  test('a mandatory question that is left out holds the page, and the summary links to its field', async () => {
    const path = await lancashire().start('request-for-support');
    const page = await lancashire().browser.get(`${path}/sections/yourDetails`);
    const held = await page.form('revision').set('q-telephone', '').send('do=continue');
    expect(held.url.pathname).toBe(`${path}/sections/yourDetails`);
    expect(held.html).toMatch(/<title>Error: /);
    expect(held.mistakes).toContain('Enter “Telephone”.');
    expect(held.html).toContain('href="#q-telephone"');
  });

  test('Save for later keeps what was typed, and the list shows it', async () => {
    const path = await lancashire().start('request-for-support');
    const page = await lancashire().browser.get(`${path}/sections/yourDetails`);
    const list = await page.form('revision').set('q-bestTime', 'In the morning').send('do=save');
    expect(list.heading).toBe('My saved forms');
    expect(list.text).toContain('The form is saved.');
    const again = await lancashire().browser.get(`${path}/sections/yourDetails`);
    expect(again.form('revision').values('q-bestTime')).toEqual(['In the morning']);
  });

  test('a second window overwrites nothing: it is told, and keeps what was typed', async () => {
    const path = await lancashire().start('request-for-support');
    const [one, other] = [1, 2].map(() => lancashire().browser.get(`${path}/sections/yourDetails`));
    await (await one!).form('revision').set('q-bestTime', 'At noon').send('do=save');
    const late = await (await other!).form('revision').set('q-bestTime', 'At night').send('do=save');
    expect(late.mistakes[0]).toContain('changed in another window');
    expect(late.form('revision').values('q-bestTime')).toEqual(['At night']);
    expect((await late.form('revision').send('do=save')).heading).toBe('My saved forms');
  });

  test('an address is found by its postcode, chosen, and can be corrected', async () => {
    const path = await lancashire().start('request-for-support');
    await lancashire().name(path, [{ id: '', forename: 'Isla', surname: 'Hargreaves' }]);
    const page = await lancashire().browser.get(`${path}/sections/children`);
    const [name] = page
      .form('revision')
      .values('asked')
      .filter((one) => one.startsWith('q-address'));
    const found = await page.form('revision').set(`${name}-postcode`, 'PR1 8XJ').send(`do=find:${name}`);
    const choice = found.form('revision').values(`${name}-found`)[0]!;
    const chosen = await found.form('revision').send(`do=choose:${name}`);
    expect(choice.startsWith(chosen.form('revision').values(`${name}-line1`)[0]!)).toBe(true);
  });

  test('a file is announced, sent and checked; a wrong one is refused in words; both can be removed', async () => {
    const path = await lancashire().start('request-for-support');
    const files = await lancashire().browser.get(`${path}/files`);
    const type = 'application/pdf';
    const kept = await files.form('file').sendFile('file', new File([new Uint8Array(pdf())], 'plan.pdf', { type }));
    expect(kept.text).toContain('plan.pdf is attached.');
    const refused = await kept.form('file').sendFile('file', new File(['no PDF'], 'evil.pdf', { type }));
    expect(refused.mistakes).toHaveLength(1);
    const [remove] = /remove:[0-9a-f-]+/.exec(kept.html)!;
    expect((await kept.form(`do=${remove}`).send(`do=${remove}`)).text).toContain('The file is removed.');
  });

  test('a request for more information opens the form with the previous one beside it', async () => {
    const referrer = lancashire();
    const list = await referrer.browser.get('/submitted-forms');
    const [reference = ''] = /LCC[0-9A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{6}/.exec(list.text)!;
    const worker = await frontdoor.staff('lancashire', 'worker');
    const { informationRequests } = await returned(worker, reference);
    const ask = () => referrer.browser.get(`/submitted-forms/requests/${informationRequests[0]!.id}`);
    // What somebody else did shows a moment later.
    await until(async () => (await ask()).text.includes('Please say more.'));
    const request = await ask();
    expect(request.text).toContain('Please say more.');
    const overview = await request.form('commandId').send();
    const page = await referrer.browser.get(`${overview.url.pathname}/sections/reason`);
    expect(page.text).toContain('As you sent it before');
    const going = await page.form('revision').set('q-worries', 'More, as we discussed.').send('do=continue');
    expect(going.mistakes).toEqual([]);
    const again = await (await referrer.browser.get(`${overview.url.pathname}/check`)).form('revision').send();
    expect(again.text).toContain('version 2');
    expect((await readReferral(worker, reference)).versions).toHaveLength(2);
  });

  test('a forgotten password is reset by the mailed code, and log in goes on to where it was asked for', async () => {
    const api = frontdoor.visitor('lancashire');
    const referrer = new PortalReferrer(portals.get('lancashire')!.base, api);
    await referrer.register();
    await (await referrer.browser.get('/')).form('csrf').send();
    const forgotten = await referrer.browser.get('/password/forgotten');
    const reset = await forgotten.form('email').set('email', referrer.email).send();
    const code = await api.code(referrer.email, referrer.seen);
    const password = `${PASSWORD}-and-more`;
    const changed = await reset.form('code').set('code', code).set('password', password).set('again', password).send();
    expect(changed.text).toContain('Your password is changed.');
    const asked = await referrer.browser.get('/account');
    expect(asked.heading).toBe('Log in');
    const typed = await asked.form('email').set('email', referrer.email).set('password', password).send();
    expect((await referrer.code(typed)).heading).toBe('Your details');
  });

  test('a form that was not sent from here changes nothing, and scripts and sources from elsewhere are shut out', async () => {
    const { browser } = lancashire();
    const forged = await browser.ask('/forms/request-for-support', { method: 'POST', body: new URLSearchParams() });
    expect(forged.status).toBe(403);
    const page = await browser.get('/saved-forms');
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(page.all('script').every((script) => script.childNodes.length === 0)).toBe(true);
    expect(page.html).not.toMatch(/(src|href)="(https?:)?\/\/(?!127\.0\.0\.1|localhost)/);
    expect(page.html).not.toMatch(/ style="| on[a-z]+="/);
  });

  test('nobody sees the pages of somebody else', async () => {
    const path = await lancashire().start('request-for-support');
    const other = new PortalReferrer(portals.get('lancashire')!.base, frontdoor.visitor('lancashire'));
    await other.register();
    expect((await other.browser.get(path)).status).toBe(404);
    expect((await new HtmlBrowser(portals.get('lancashire')!.base).get(path)).heading).toBe('Log in');
  });
});
