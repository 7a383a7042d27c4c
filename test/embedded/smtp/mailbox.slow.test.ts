import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTransport, type Transporter } from 'nodemailer';
import { startSmtp, type StartedSmtp } from '../../support/smtp.js';

interface Mail {
  id: number;
  at: string;
  to: string;
  subject: string;
  text: string;
  html: string;
}

let smtp: StartedSmtp;
let transport: Transporter;
const inbox = async (query = ''): Promise<Mail[]> =>
  (await fetch(`${smtp.httpUrl}/mailbox.json${query}`)).json() as Promise<Mail[]>;
const page = async (query = ''): Promise<{ status: number; body: string; csp: string }> => {
  const response = await fetch(`${smtp.httpUrl}/mailbox${query}`);
  return {
    status: response.status,
    body: await response.text(),
    csp: response.headers.get('content-security-policy') ?? '',
  };
};
const send = (
  to: string,
  subject: string,
  parts: { text?: string; html?: string } = { text: 'hello' },
): Promise<unknown> => transport.sendMail({ from: 'portal@council.example', to, subject, ...parts });

describe('the embedded SMTP server', () => {
  beforeAll(async () => {
    smtp = await startSmtp();
    transport = createTransport(smtp.url);
  });
  afterAll(async () => {
    transport.close();
    await smtp.stop();
  });

  it('keeps a mail with its text and its HTML', async () => {
    await send('Ann@Example.org', 'Grüße', {
      text: 'Your code is 123456 – ✓',
      html: '<p>Your code is <b>123456</b></p>',
    });
    const [mail] = await inbox('?to=ann@example.ORG');
    expect(mail).toMatchObject({
      to: 'Ann@example.org',
      subject: 'Grüße',
      html: expect.stringContaining('<b>123456</b>'),
    });
    expect(mail?.text).toContain('Your code is 123456 – ✓');
    expect(mail?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('gives every recipient a row of their own', async () => {
    await transport.sendMail({
      from: 'a@b.example',
      to: 'one@x.example, two@x.example',
      bcc: 'three@x.example',
      subject: 'all',
      text: '.',
    });
    for (const name of ['one', 'two', 'three']) expect(await inbox(`?to=${name}@x.example`)).toHaveLength(1);
  });

  it('lists the newest first, as many as asked for', async () => {
    for (const subject of ['first', 'second', 'third']) await send('order@x.example', subject);
    expect((await inbox('?to=order@x.example')).map(({ subject }) => subject)).toEqual(['third', 'second', 'first']);
    expect(await inbox('?to=order@x.example&limit=2')).toHaveLength(2);
    expect(await inbox('?to=nobody@x.example')).toEqual([]);
  });

  it('takes no TLS and no password, and says so', async () => {
    const secured = createTransport({ host: '127.0.0.1', port: smtp.port, requireTLS: true });
    await expect(secured.sendMail({ from: 'a@b.example', to: 'c@d.example', text: 'x' })).rejects.toThrow();
    secured.close();
  });

  it('shows mails on a page that escapes everything', async () => {
    await send("o'hara&co@x.example", '<img src=x onerror=alert(1)>', {
      text: '</pre><script>bad()</script>',
      html: '"><script>bad()</script>',
    });
    const list = await page();
    expect(list.body).toContain('&lt;img src=x onerror=alert(1)&gt;');
    expect(list.body).not.toContain('<img');
    expect(list.body).toContain('o&#39;hara&amp;co@x.example');
    expect(list.csp).toContain("default-src 'none'");
    const id = (await inbox('?limit=1'))[0]?.id;
    const { body, status } = await page(`?id=${id}`);
    expect(status).toBe(200);
    expect(body).not.toContain('<script>');
    expect(body).toContain('<iframe title="The mail\'s HTML" sandbox="" srcdoc="&quot;&gt;&lt;script&gt;');
  });

  it('filters the page by address and knows no other pages', async () => {
    await send('filter@x.example', 'only me');
    const { body } = await page('?to=FILTER@x.example');
    expect(body).toContain('only me');
    expect(body.match(/<tr>/g)).toHaveLength(2);
    expect((await page('?id=999999')).status).toBe(404);
    expect((await page('?id=1%27--')).status).toBe(404);
    expect((await fetch(`${smtp.httpUrl}/etc`)).status).toBe(404);
    expect((await fetch(`${smtp.httpUrl}/mailbox`, { method: 'POST' })).status).toBe(405);
  });

  it('has every acknowledged mail after a crash', async () => {
    const other = await startSmtp();
    const mailer = createTransport({ url: other.url, pool: true } as never);
    let acknowledged = 0;
    const sending = Promise.allSettled(
      Array.from({ length: 200 }, (_, at) =>
        mailer.sendMail({ from: 'a@b.example', to: 'crash@x.example', subject: String(at), text: '.' }).then(() => {
          if (++acknowledged === 60) void other.kill();
        }),
      ),
    );
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => acknowledged >= 60 && (clearInterval(timer), resolve()), 5);
    });
    await other.kill();
    mailer.close();
    await sending;
    const again = await startSmtp({ dataDir: other.dataDir });
    const found = (await (await fetch(`${again.httpUrl}/mailbox.json?to=crash@x.example&limit=1000`)).json()) as Mail[];
    await again.stop();
    expect(found.length).toBeGreaterThanOrEqual(acknowledged);
  });

  it('refuses a folder that another process uses, and any host but this machine', async () => {
    await expect(startSmtp({ dataDir: smtp.dataDir })).rejects.toThrow('in use by another process');
    await expect(startSmtp({ args: ['--host', '0.0.0.0'] })).rejects.toThrow('loopback only');
  });
});
