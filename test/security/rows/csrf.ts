import { documents as ask } from '../../../src/cli/demo/documents.js';
import { PASSWORD, registered } from '../../support/people.js';
import { call, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

/** What a page of another site can make a browser send, with the cookie as if it were sent along. */
export const row: SecurityRow = {
  name: 'forged requests',
  area: 'CSRF',
  target: 'simple content types, GET, and cookies without the header or from another origin → refused',
  async run(ground) {
    const frontdoor = await ground.started();
    const council = 'sefton';
    const { base } = frontdoor;
    const visitor = frontdoor.visitor(council);
    const { email, seen } = await registered(visitor);
    const { challengeId: id } = await visitor.ask(ask.logIn, { email, password: PASSWORD });
    const code = await visitor.code(email, seen);
    const asked = { base, council, headers: { 'x-session': 'cookie', origin: base } };
    const signedIn = await call(asked, ask.confirmLogIn, { id, code });
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!;
    const works = await call({ ...asked, headers: { ...asked.headers, cookie } }, ask.me);
    const query = JSON.stringify({ query: ask.me });
    const simple = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
    const own = { 'x-council': council, 'x-session': 'cookie', cookie };
    const json = { 'content-type': 'application/json' };
    const url = `${base}/graphql`;
    const forged: [string, Promise<Response>][] = [
      ...simple.map((type): [string, Promise<Response>] => [
        type,
        fetch(url, { method: 'POST', headers: { ...own, 'content-type': type }, body: query }),
      ]),
      ['GET', fetch(`${url}?query=${encodeURIComponent(ask.me)}`, { headers: own })],
      ['no header', fetch(url, { method: 'POST', headers: { ...json, 'x-council': council, cookie }, body: query })],
      ...['https://evil.example', 'null', `${base}.evil.example`].map((origin): [string, Promise<Response>] => [
        `origin ${origin}`,
        fetch(url, { method: 'POST', headers: { ...own, ...json, origin }, body: query }),
      ]),
      [
        'cross-site',
        fetch(url, { method: 'POST', headers: { ...own, ...json, 'sec-fetch-site': 'cross-site' }, body: query }),
      ],
    ];
    const passed: string[] = [];
    for (const [what, sent] of forged) {
      const text = await (await sent).text();
      if (text.includes(email)) passed.push(what);
    }
    const flags = ['__Host-', 'Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict'];
    const missing = flags.filter((flag) => !signedIn.headers.get('set-cookie')!.includes(flag));
    const served = works.text.includes(email) && !signedIn.text.includes(cookie.split('=')[1]!);
    return {
      measured: `${forged.length - passed.length} of ${upTo(forged.length).length} refused${passed.length ? ` (passed: ${passed.join(', ')})` : ''}; own page ${served ? 'served' : 'NOT served'}; cookie flags missing: ${missing.join(', ') || 'none'}`,
      pass: passed.length === 0 && served && missing.length === 0,
    };
  },
};
