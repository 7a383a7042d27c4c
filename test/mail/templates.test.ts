import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { projectRoot } from '../../src/core/project-root.js';
import { Councils } from '../../src/council/councils.js';
import type { Council } from '../../src/council/council.js';
import { mailKinds } from '../../projections/mail/mail.js';
import { preview } from '../../projections/mail/preview.js';
import { render } from '../../projections/mail/templates/render.js';

const councils = Councils.load(join(projectRoot, 'deploy/councils'));
const lancashire = councils.byId('lancashire')!;
const every = councils
  .all()
  .flatMap((council) => mailKinds.map((kind) => [kind, council.id, preview(kind, council)] as const));

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
/** The words of an HTML mail, as the text of the same letter would have them. */
function words(html: string): string[] {
  return html
    .replace(/^[\s\S]*<main[^>]*>/, '')
    .replace(/<a href="([^"]*)"[^>]*>([^<]*)<\/a>/g, '$2:\n$1')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&(#?\w+);/g, (_entity, name: string) => entities[name]!)
    .trim()
    .split(/\s+/);
}

const CODE = /(?<!\d)\d{4}\s?\d{4}(?!\d)/g;

describe.each(every)('%s of %s', (kind, councilId, mail) => {
  const council = councils.byId(councilId)!;

  test('says the same in text and in HTML', () => {
    expect(words(mail.html)).toEqual(mail.text.trim().split(/\s+/));
  });

  test('has a subject, the signature as its last line, and no gap in its words', () => {
    expect(mail.subject).toMatch(/^\S.*\S$/);
    expect(mail.text.trimEnd().split('\n').at(-1)).toBe(council.mail.signature);
    expect(`${mail.subject}${mail.text}${mail.html}`).not.toMatch(/undefined|null|NaN|\[object|Invalid/);
  });

  test('fetches nothing, and links nowhere but to the portal', () => {
    expect(mail.html).toMatch(/<html lang="en-GB">/);
    expect(mail.html).not.toMatch(/<img|<link|<script|<style|@import|src=|url\(/);
    for (const [, url] of mail.html.matchAll(/href="([^"]*)"/g))
      expect(url).toMatch(new RegExp(`^${council.mail.portalUrl}`));
  });

  test('shows its code once, and nothing else that looks like one', () => {
    const shown = kind.endsWith('-code') ? ['4827 1950'] : [];
    expect(mail.text.match(CODE) ?? []).toEqual(shown);
    expect(mail.html.match(CODE) ?? []).toEqual(shown);
    expect(mail.subject).not.toMatch(/\d{4}/);
    expect(mail.text.split('\n').filter((line) => line === '4827 1950')).toHaveLength(shown.length);
    // Not even digits apart from one another may add up to a second code.
    if (kind.endsWith('-code')) expect(mail.text.replace('4827 1950', '').match(/\d/g)!.length).toBeLessThan(4);
  });
});

const noCode = () => '';
const form = { id: 'request-for-support', version: 1 };

test('a code mail says how many minutes the code lasts, and never to share it', () => {
  const { text } = render(
    { kind: 'log-in-code', challengeId: 'c', issue: 1, minutes: 5 },
    lancashire,
    () => '00000007',
  );
  expect(text).toContain('0000 0007');
  expect(text).toContain('lasts 5 minutes');
  expect(text).toContain('Never share this code');
});

test('a saved form is told with the day until which it is kept, in the council’s zone, and the way back', () => {
  const { text } = render(
    { kind: 'form-saved', referralId: 'ref-1', form, keptUntil: '2026-06-30T23:30:00.000Z' },
    lancashire,
    noCode,
  );
  expect(text).toContain('kept for 30 days');
  expect(text).toContain('1 July 2026');
  expect(text).toContain('https://childrenandfamilies.lancashire.example/saved-forms/ref-1');
});

test('a confirmation reads as in the guide; that of an answer says so', () => {
  const mail = { kind: 'submission-confirmation', reference: 'LCC8M-I5IA-DIO8J8', form } as const;
  const first = render({ ...mail, version: 1 }, lancashire, noCode);
  expect(first.subject).toBe('Confirmation of form submission');
  expect(first.text).toContain(
    'Your form has been submitted via your Children and Families Services account. Your unique reference is LCC8M-I5IA-DIO8J8.',
  );
  const second = render({ ...mail, version: 2 }, lancashire, noCode);
  expect(second.text).toContain('further information');
  expect(second.text).toContain('version 2');
  expect(second.text).toContain('LCC8M-I5IA-DIO8J8');
});

test('a request for information tells reference, form, due date and the link straight to the form', () => {
  const mail = { kind: 'information-requested', requestId: 'r1', reference: 'LCC8M-I5IA-DIO8J8', form } as const;
  const { subject, text } = render({ ...mail, dueOn: '2026-12-04', redirectToFormId: null }, lancashire, noCode);
  expect(subject).toBe('Further information requested on your Children and Families Services account');
  expect(text).toContain('Reference: LCC8M-I5IA-DIO8J8');
  expect(text).toContain(`Form: ${lancashire.form('request-for-support')!.title}`);
  expect(text).toContain('Please reply by: 4 December 2026');
  expect(text).toContain('\nhttps://childrenandfamilies.lancashire.example/submitted-forms/requests/r1\n');
  const open = render({ ...mail, dueOn: null, redirectToFormId: 'gone' }, lancashire, noCode);
  expect(open.text).not.toContain('reply by');
  expect(open.text).toContain('Form to use instead: gone');
});

test('an update reads as in the guide', () => {
  const { subject, text } = render({ kind: 'update', reference: 'LCC8M-I5IA-DIO8J8' }, lancashire, noCode);
  expect(subject).toBe('Update on your Children and Families Services request');
  expect(text).toContain('We have added an update about your recent request');
  expect(text).toContain('https://childrenandfamilies.lancashire.example/submitted-forms\n');
});

test('a password change is told with its time in the council’s zone', () => {
  const { text } = render({ kind: 'password-changed', at: '2026-07-01T23:05:00.000Z' }, lancashire, noCode);
  expect(text).toContain('2 July 2026 at 00:05');
});

test('whatever a council writes is escaped in HTML and left as it is in text', () => {
  const wild = `<script>"A" & 'B'</script>`;
  const mail: Council['mail'] = {
    ...lancashire.mail,
    accountName: wild,
    signature: wild,
    portalUrl: 'https://x.example/"><b>',
  };
  const council: Council = { ...lancashire, mail, serviceName: wild };
  for (const kind of mailKinds) {
    const { text, html } = preview(kind, council);
    expect(text).toContain(wild);
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;script&gt;&quot;A&quot; &amp; &#39;B&#39;&lt;/script&gt;');
    expect(words(html)).toEqual(text.trim().split(/\s+/));
  }
});

test('replies are welcome where somebody reads them', () => {
  const council = { ...lancashire, mail: { ...lancashire.mail, replyTo: 'help@lancashire.example' } };
  expect(preview('update', lancashire).text).toContain('replies to it are not read');
  expect(preview('update', council).text).not.toContain('replies to it are not read');
});
