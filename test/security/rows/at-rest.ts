import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { loggedIn, PASSWORD, registered } from '../../support/people.js';
import { inLanes, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

/** Codes, passwords and sessions of people who register, log in and forget their password, looked for in every byte. */
export const row: SecurityRow = {
  name: 'codes, passwords and sessions, in stores and logs',
  area: 'Codes',
  target: '0 of them in events, read models, vault and logs',
  async run(ground) {
    const people = ground.count(50, 10);
    const frontdoor = await ground.started({ LOG_LEVEL: 'info', LIMITS: 'calls=off' });
    const visitor = frontdoor.visitor('lancashire');
    const secrets = await inLanes(upTo(people), 4, async (nth) => {
      const password = `${PASSWORD}-of-${nth}`;
      const person = await registered(visitor, { password });
      const again = await loggedIn(visitor, person, password);
      await visitor.ask('mutation($email: String!){requestPasswordReset(email:$email){digits}}', {
        email: person.email,
      });
      await visitor.code(person.email, person.seen);
      const mails = await fetch(`${visitor.mailbox}/mailbox.json?to=${encodeURIComponent(person.email)}`);
      const codes = ((await mails.json()) as { text: string }[]).flatMap(({ text }) => {
        const code = /\b\d{4} \d{4}\b/.exec(text)?.[0];
        return code ? [code, code.replace(' ', '')] : [];
      });
      if ((await again.problem(ask.me)) !== undefined) throw new Error('a session that should live does not');
      return [...codes, password, person.api.token!, again.token!];
    });
    // What the mail server keeps is where the codes belong.
    await frontdoor.kill();
    const files = readdirSync(frontdoor.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(frontdoor.dataDir, 'smtp')))
      .map((entry) => join(entry.parentPath, entry.name));
    const places = [...files.map((path) => readFileSync(path)), Buffer.from(frontdoor.said())];
    const all = secrets.flat();
    const found = all.filter((secret) => places.some((bytes) => bytes.includes(secret)));
    const bytes = places.reduce((sum, { length }) => sum + length, 0);
    return {
      measured: `${all.length} secrets of ${people} people, ${files.length} files and the log, ${(bytes / 2 ** 20).toFixed(1)} MB: ${found.length} found`,
      pass: found.length === 0 && all.length >= 9 * people && bytes > 2 ** 20,
    };
  },
};
