import { randomUUID } from 'node:crypto';
import { dictionary } from '@zxcvbn-ts/language-common';
import { PASSWORD, registered } from '../../support/people.js';
import { call, inLanes, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

const change =
  'mutation($commandId: ID!, $old: String!, $new: String!){changePassword(commandId:$commandId, currentPassword:$old, newPassword:$new)}';
const BACK = 9;

const history: SecurityRow = {
  name: 'going back to an earlier password',
  area: 'History, breaches',
  target: '0..8 back refused, 9 back taken (8 earlier ones); where none: 0 back refused, 1 back taken',
  async run(ground) {
    const frontdoor = await ground.started();
    const outcomes: Record<string, string> = {};
    for (const [council, kept] of [
      ['lancashire', 8],
      ['worcestershire', 8],
      ['sefton', 0],
    ] as const) {
      const { api } = await registered(frontdoor.visitor(council));
      const caller = { base: frontdoor.base, council, headers: { authorization: `Bearer ${api.token}` } };
      const ask = (old: string, next: string) => call(caller, change, { commandId: randomUUID(), old, new: next });
      const nth = (n: number) => (n === 0 ? PASSWORD : `Staple-Wagon-${n}${n}${n}-Lantern`);
      for (const n of upTo(BACK)) await ask(nth(n), nth(n + 1));
      const results: boolean[] = [];
      for (const back of upTo(kept + 2))
        results.push((await ask(nth(BACK), nth(BACK - back))).code === 'PASSWORD_REUSED');
      outcomes[council] = results
        .map((refused, back) => (refused === back <= kept ? '' : `${back} back wrong`))
        .join('');
    }
    const wrong = Object.entries(outcomes).filter(([, mistakes]) => mistakes !== '');
    return {
      measured: `3 councils, 0..9 and 0..1 back: ${wrong.length} wrong ${wrong.join(' ')}`.trim(),
      pass: wrong.length === 0,
    };
  },
};

const breaches: SecurityRow = {
  name: 'common passwords',
  area: 'History, breaches',
  target: 'every one of the list that the policy lets through is refused',
  async run(ground) {
    const frontdoor = await ground.started({ LIMITS: 'calls=off codes-sent=off' });
    const list = dictionary['passwords-common'].map(String);
    // Sefton asks for every kind of character: common ones are dressed up as people do.
    const dressed = list
      .filter((word) => /^[a-z]{6,}$/.test(word))
      .map((word) => `${word[0]!.toUpperCase()}${word.slice(1)}123456!`);
    const sixteen = list.filter((word) => word.length >= 16 && /^[a-z\d]*[a-z][a-z\d]*$/.test(word));
    const tried = [
      ...sixteen.map((password) => ({ council: 'lancashire', password })),
      ...dressed
        .slice(0, ground.count(1_000, 100))
        .filter(({ length }) => length >= 12)
        .map((password) => ({ council: 'sefton', password })),
    ];
    const register = 'mutation($input: RegisterInput!){register(input:$input){challengeId}}';
    const codes = await inLanes(tried, 8, async ({ council, password }) => {
      const input = {
        commandId: randomUUID(),
        forename: 'Ann',
        surname: 'Other',
        email: 'common@example.org',
        password,
        professional: true,
      };
      return (await call({ base: frontdoor.base, council }, register, { input })).code;
    });
    const refused = codes.filter((code) => code === 'PASSWORD_BREACHED').length;
    return {
      measured: `${refused} of ${tried.length} refused (list of ${list.length})`,
      pass: refused === tried.length,
    };
  },
};

export const rows = [history, breaches];
