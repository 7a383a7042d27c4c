import { randomUUID } from 'node:crypto';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { PASSWORD, registered } from '../../support/people.js';
import { call, inLanes, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

const resetRequest = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';
const PEOPLE = 20;
const LANES = 6;

/**
 * While wrong passwords, resets and registrations pour in for their addresses, from hundreds of places and from their own,
 * people log in by password and code, and go on in the sessions they have.
 */
export const row: SecurityRow = {
  name: 'the true user logs in during an attack',
  area: 'Lockout',
  target: '100 %',
  async run(ground) {
    const logIns = ground.count(200, 40);
    const frontdoor = await ground.started({ TRUST_PROXY: '127.0.0.1' });
    const { base } = frontdoor;
    const council = 'worcestershire';
    const visitor = frontdoor.visitor(council);
    const people = await inLanes(upTo(PEOPLE), 4, () => registered(visitor));
    const own = '192.0.2.1';
    let attacking = true;
    let attacks = 0;
    const attack = async (lane: number) => {
      for (let nth = lane; attacking; nth += LANES) {
        const { email } = people[nth % PEOPLE]!;
        // Every fourth comes from where the people themselves are.
        const from = nth % 4 === 0 ? own : `198.51.${nth % 100}.${(nth * 7) % 250}`;
        const caller = { base, council, headers: { 'x-forwarded-for': from } };
        attacks += 1;
        if (nth % 10 === 9) await call(caller, resetRequest, { email });
        else if (nth % 10 === 8) {
          const input = {
            commandId: randomUUID(),
            forename: 'A',
            surname: 'B',
            email,
            password: PASSWORD,
            professional: true,
          };
          await call(caller, ask.register, { input });
        } else await call(caller, ask.logIn, { email, password: `Wrong-Horse-${nth}-Battery` });
      }
    };
    const attackers = upTo(LANES).map(attack);
    // The attack has long used up what an address and a place may guess.
    while (attacks < 600) await new Promise((resolve) => setTimeout(resolve, 50));
    let [logged, sessions] = [0, 0];
    for (const nth of upTo(logIns)) {
      const { email, api, seen } = people[nth % PEOPLE]!;
      const caller = { base, council, headers: { 'x-forwarded-for': own } };
      const first = await call(caller, ask.logIn, { email, password: PASSWORD });
      const challenge = first.data?.logIn as { challengeId: string } | null | undefined;
      if (challenge) {
        // Mails of the attackers' resets come in between: the right one is the newest of a log-in.
        const mail = await visitor.mail(
          email,
          ({ id, subject, text }) =>
            !seen.has(id) &&
            /log.?in|sign.?in/i.test(subject + text) &&
            !/reset|forgotten/i.test(subject) &&
            /\b\d{4} \d{4}\b/.test(text),
        );
        seen.add(mail.id);
        const code = /\b\d{4} \d{4}\b/.exec(mail.text)![0];
        const second = await call(caller, ask.confirmLogIn, { id: challenge.challengeId, code });
        if (second.data?.confirmLogIn) logged += 1;
      }
      if ((await api.problem(ask.me)) === undefined) sessions += 1;
    }
    attacking = false;
    await Promise.all(attackers);
    return {
      measured: `${logged} of ${logIns} log-ins, ${sessions} of ${logIns} reads in open sessions, during ${attacks} hostile calls`,
      pass: logged === logIns && sessions === logIns,
    };
  },
};
