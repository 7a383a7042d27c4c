import { randomUUID } from 'node:crypto';
import { MINUTE } from '../../../src/core/clock.js';
import type { Api } from '../../../src/cli/demo/api.js';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import type { CodePurpose } from '../../../src/account/account.events.js';
import { councils, PASSWORD, registered } from '../../support/people.js';
import type { SecurityRow } from '../row.js';

const resetRequest = 'mutation($email: String!){requestPasswordReset(email:$email){challengeId}}';
const reset =
  'mutation($id: ID!, $code: String!, $password: String!){resetPassword(challengeId:$id, code:$code, newPassword:$password)}';

/** Codes by purpose: how one is asked for, and what a try of it gives. */
const codes: Record<CodePurpose, (visitor: Api) => Promise<() => Promise<string | undefined>>> = {
  registration: async (visitor) => {
    const email = `late-${randomUUID().slice(0, 13)}@example.org`;
    const input = {
      commandId: randomUUID(),
      forename: 'A',
      surname: 'B',
      email,
      password: PASSWORD,
      professional: true,
    };
    const { challengeId: id } = await visitor.ask(ask.register, { input });
    const code = await visitor.code(email, new Set());
    return () => visitor.problem(ask.confirm, { id, code });
  },
  'log-in': async (visitor) => {
    const { email, seen } = await registered(visitor);
    const { challengeId: id } = await visitor.ask(ask.logIn, { email, password: PASSWORD });
    const code = await visitor.code(email, seen);
    return () => visitor.problem(ask.confirmLogIn, { id, code });
  },
  reset: async (visitor) => {
    const { email, seen } = await registered(visitor);
    const { challengeId: id } = await visitor.ask(resetRequest, { email });
    const code = await visitor.code(email, seen);
    return () => visitor.problem(reset, { id, code, password: `${PASSWORD}-2` });
  },
};

export const row: SecurityRow = {
  name: 'a code at its end',
  area: 'Expiry',
  target: 'taken at T−1 ms, dead at T and T+1 ms',
  async run(ground) {
    const frontdoor = await ground.timed();
    const wrong: string[] = [];
    let tried = 0;
    for (const { id, codePolicy } of councils().all()) {
      const { registrationMinutes, logInMinutes, resetMinutes } = codePolicy;
      const lives: Record<CodePurpose, number> = {
        registration: registrationMinutes,
        'log-in': logInMinutes,
        reset: resetMinutes,
      };
      for (const [purpose, ask] of Object.entries(codes)) {
        for (const [after, expected] of [
          [-1, undefined],
          [0, 'CODE_EXPIRED'],
          [1, 'CODE_EXPIRED'],
        ] as const) {
          const attempt = await ask(frontdoor.visitor(id));
          frontdoor.clock.move(lives[purpose as CodePurpose] * MINUTE + after);
          const problem = await attempt();
          tried += 1;
          if (problem !== expected) wrong.push(`${id}, ${purpose}, T${after < 0 ? after : `+${after}`} ms: ${problem}`);
        }
      }
    }
    return {
      measured: `${tried} codes of 3 councils × 3 purposes; wrong: ${wrong.join('; ') || 'none'}`,
      pass: wrong.length === 0,
    };
  },
};
