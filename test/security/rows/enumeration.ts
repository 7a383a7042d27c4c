import { randomUUID } from 'node:crypto';
import type { Json } from '../../../src/cli/demo/api.js';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { beside } from '../../support/frontdoor.js';
import { PASSWORD, registered } from '../../support/people.js';
import { call, inLanes, median, upTo, type Caller, type Reply } from '../caller.js';
import type { SecurityRow } from '../row.js';

/** What differs from reply to reply whoever asks: ids of one shape, and the time. */
const shapeOf = ({ status, text }: Reply) =>
  `${status} ${text}`
    .replace(/"challengeId":"([\w-]+)"/g, (_all, id: string) => `"challengeId":<${id.length}>`)
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uuid>');

/** Known and unknown addresses, each asked about once by a process that has none of them in memory. */
export const row: SecurityRow = {
  name: 'register, log in, reset and resend, for known and unknown addresses',
  area: 'Enumeration',
  target: '2 × 1,000 calls each: bodies byte-equal, median gap < 5 ms',
  async run(ground) {
    const count = ground.count(1_000, 60);
    // The mails that follow are another process's work, as in production: the replies are the API's alone.
    const LIMITS = 'calls=off log-ins-from=off log-ins-everywhere=off';
    const first = await ground.started({ LIMITS });
    const visitor = first.visitor('sefton');
    const known = (await inLanes(upTo(count), 8, () => registered(visitor))).map(({ email }) => email);
    const unknown = upTo(count).map(() => `person-${randomUUID().slice(0, 13)}@example.org`);
    const frontdoor = await ground.started({ ...beside(first), LIMITS });
    const caller: Caller = { base: frontdoor.base, council: 'sefton' };
    const challenges = new Map<string, string>();
    const operations: Record<string, (email: string) => Promise<Reply>> = {
      'log in': (email) => call(caller, ask.logIn, { email, password: `${PASSWORD}-not` }),
      reset: async (email) => {
        const reply = await call(
          caller,
          'mutation($email: String!){requestPasswordReset(email:$email){challengeId expiresAt resendAfter digits}}',
          { email },
        );
        challenges.set(email, (reply.data!.requestPasswordReset as Json).challengeId as string);
        return reply;
      },
      resend: (email) => call(caller, ask.resend, { id: challenges.get(email)! }),
      register: (email) => {
        const person = { forename: 'Ann', surname: 'Other', password: PASSWORD, professional: true };
        return call(caller, ask.register, { input: { ...person, commandId: randomUUID(), email } });
      },
    };
    const gaps: string[] = [];
    let pass = true;
    for (const [name, operation] of Object.entries(operations)) {
      // A new process: no account is in its memory from being registered a moment ago.
      if (name !== 'resend') {
        await frontdoor.kill();
        await frontdoor.restart();
        for (const _nth of upTo(20)) await operation(`warm-${randomUUID().slice(0, 13)}@example.org`);
      }
      const replies: { known: Reply[]; unknown: Reply[] } = { known: [], unknown: [] };
      for (const nth of upTo(count)) {
        // In turn, and in either order: what the machine does beside hits both alike.
        const pair = [
          async () => replies.known.push(await operation(known[nth]!)),
          async () => replies.unknown.push(await operation(unknown[nth]!)),
        ];
        for (const one of nth % 2 ? pair.reverse() : pair) await one();
      }
      const shapes = new Set([...replies.known, ...replies.unknown].map(shapeOf));
      // Of each pair, asked one right after the other: what else the machine does changes slowly.
      const gap = median(replies.known.map(({ took }, nth) => took - replies.unknown[nth]!.took));
      pass &&= shapes.size === 1 && Math.abs(gap) < 5;
      gaps.push(`${name} ${gap.toFixed(2)} ms${shapes.size === 1 ? '' : ` and ${shapes.size} DIFFERENT BODIES`}`);
    }
    return { measured: `2 × ${count} each, bodies equal but for opaque ids and times; gaps ${gaps.join(', ')}`, pass };
  },
};
