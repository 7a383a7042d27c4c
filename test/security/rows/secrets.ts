import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { beside } from '../../support/frontdoor.js';
import { PASSWORD, registered } from '../../support/people.js';
import type { SecurityRow } from '../row.js';

const secret = () => randomBytes(32).toString('base64');
const good = (): Record<string, string> => ({
  MASTER_KEY: secret(),
  APP_SECRET: secret(),
  STAFF_JWKS_URL: 'https://login.example/jwks.json',
  STAFF_ISSUER: 'https://login.example/',
  EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false',
  MONGO_URL: 'mongodb://127.0.0.1:1/',
  SMTP_URL: 'smtp://127.0.0.1:1',
  PUBLIC_URL: 'https://portal.example',
});
const EXAMPLE = Buffer.from('0123456789abcdef'.repeat(2)).toString('base64');

const boot: SecurityRow = {
  name: 'production with a default or missing secret',
  area: 'Secrets',
  target: 'exit ≠ 0, and says which',
  async run() {
    const required = ['MASTER_KEY', 'APP_SECRET', 'STAFF_JWKS_URL', 'STAFF_ISSUER'];
    const cases: [name: string, change: Record<string, string>][] = [
      ...required.map((name): [string, Record<string, string>] => [name, { [name]: '' }]),
      ['MASTER_KEY', { MASTER_KEY: Buffer.alloc(32).toString('base64') }],
      ['APP_SECRET', { APP_SECRET: EXAMPLE }],
      ['STAFF_ISSUER', { STAFF_ISSUER: 'frontdoor-development' }],
      ['LOOKUP_SECRET', { APP_SECRET_PREVIOUS: secret() }],
    ];
    const wrong: string[] = [];
    for (const [name, change] of cases) {
      const { code, said } = await started({ ...good(), ...change });
      if (code === 0 || !said.includes(`${name} `)) wrong.push(`${name} (${Object.keys(change).join()}): exit ${code}`);
    }
    return {
      measured: `${cases.length} boots refused by name; wrong: ${wrong.join('; ') || 'none'}`,
      pass: wrong.length === 0,
    };
  },
};

async function started(env: Record<string, string>): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(process.env.FRONTDOOR_DIST!, 'src/main.js')], {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', DATA_DIR: join(tmpdir(), `never-${randomUUID()}`), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const [code] = (await once(child, 'exit')) as [number | null];
  return { code, said };
}

const rotation: SecurityRow = {
  name: 'a new APP_SECRET',
  area: 'Secrets',
  target: 'sessions, codes and accounts live on; without LOOKUP_SECRET the boot refuses',
  async run(ground) {
    const first = await ground.started();
    const visitor = first.visitor('sefton');
    const person = await registered(visitor);
    const waiting = await visitor.ask(ask.logIn, { email: person.email, password: PASSWORD });
    const code = await visitor.code(person.email, person.seen);
    const { APP_SECRET: before = '', ...stores } = beside(first);
    const next = secret();
    const rotated = { ...stores, APP_SECRET: next, APP_SECRET_PREVIOUS: before, LOOKUP_SECRET: before };
    const second = await ground.started(rotated);
    const there = second.visitor('sefton');
    const session = await there.as(person.api.token).problem(ask.me);
    const mailed = await there.problem(ask.confirmLogIn, { id: waiting.challengeId, code });
    // The first process, which knows nothing of the new secret, sends the mail; the second takes the code.
    const { challengeId: id } = await there.ask(ask.logIn, { email: person.email, password: PASSWORD });
    const found = await there.problem(ask.confirmLogIn, { id, code: await visitor.code(person.email, person.seen) });
    const alone = await started({
      ...good(),
      ...stores,
      APP_SECRET: next,
      MASTER_KEY: stores.MASTER_KEY!,
      NODE_ENV: 'test',
    });
    const refused = alone.code !== 0 && alone.said.includes('LOOKUP_SECRET');
    const problems = [session, mailed, found].filter(Boolean);
    return {
      measured: `session, mailed code, account: ${problems.join(', ') || 'all live on'}; boot without LOOKUP_SECRET ${refused ? 'refused' : 'NOT refused'}`,
      pass: problems.length === 0 && refused,
    };
  },
};

export const rows = [boot, rotation];
