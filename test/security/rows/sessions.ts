import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE } from '../../../src/core/clock.js';
import { documents as ask } from '../../../src/cli/demo/documents.js';
import { beside } from '../../support/frontdoor.js';
import { councils, loggedIn, registered, startForm } from '../../support/people.js';
import { call, upTo } from '../caller.js';
import type { SecurityRow } from '../row.js';

const SECOND = 1_000;

const idle: SecurityRow = {
  name: 'without activity, and however busy',
  area: 'Sessions',
  target: '20 (a form), 30, 60 min ± 1 s; 8 h; polling does not count',
  async run(ground) {
    const frontdoor = await ground.timed();
    const { clock } = frontdoor;
    const wrong: string[] = [];
    const expect = (what: string, found: string | undefined, expected: string | undefined) => {
      if (found !== expected) wrong.push(`${what}: ${found}`);
    };
    for (const { id, inactivityMinutes } of councils().all()) {
      const { api } = await registered(frontdoor.visitor(id));
      clock.move(inactivityMinutes * MINUTE - SECOND);
      expect(`${id}, a second before`, await api.problem(ask.me), undefined);
      clock.move(inactivityMinutes * MINUTE + SECOND);
      expect(`${id}, a second after`, await api.problem(ask.me), 'UNAUTHENTICATED');
      const polled = await registered(frontdoor.visitor(id));
      const headers = { authorization: `Bearer ${polled.api.token}`, 'x-background': 'true' };
      const poll = () => call({ base: polled.api.base, council: id, headers }, ask.me);
      for (const minute of upTo(inactivityMinutes)) {
        if (minute > 0) expect(`${id}, polled in minute ${minute}`, (await poll()).code, undefined);
        clock.move(MINUTE);
      }
      expect(`${id}, after polling each minute`, await polled.api.problem(ask.me), 'UNAUTHENTICATED');
    }
    const { api } = await registered(frontdoor.visitor('sefton'));
    const { id } = await startForm(api, 'dols-form-1');
    clock.move(20 * MINUTE - SECOND);
    expect('DoLS form, a second before', await api.problem(ask.savedForm, { id }), undefined);
    clock.move(20 * MINUTE + SECOND);
    expect('DoLS form, a second after', await api.problem(ask.savedForm, { id }), 'FRESH_LOG_IN_REQUIRED');
    const busy = await registered(frontdoor.visitor('worcestershire'));
    for (const _nth of upTo(24)) {
      expect('busy, before 8 h', await busy.api.problem(ask.me), undefined);
      clock.move(20 * MINUTE - 40);
    }
    expect('busy, a second before 8 h', await busy.api.problem(ask.me), undefined);
    clock.move(SECOND);
    expect('busy, after 8 h', await busy.api.problem(ask.me), 'UNAUTHENTICATED');
    return { measured: `3 councils, a DoLS form, 8 h; wrong: ${wrong.join('; ') || 'none'}`, pass: wrong.length === 0 };
  },
};

const revoked: SecurityRow = {
  name: 'ended on another process',
  area: 'Sessions',
  target: '< 1 s on every node',
  async run(ground) {
    const limits = { LIMITS: 'calls=off codes-sent=off' };
    const first = await ground.started(limits);
    const second = await ground.started({ ...beside(first), ...limits });
    const visitor = first.visitor('sefton');
    const person = await registered(visitor);
    const took: number[] = [];
    for (const _nth of upTo(ground.count(50, 8))) {
      const session = await loggedIn(visitor, person);
      const there = second.visitor('sefton').as(session.token);
      // Known there by now, and remembered.
      if ((await there.problem(ask.me)) !== undefined) throw new Error('the other process does not know the session');
      await session.ask(ask.logOut);
      const ended = performance.now();
      while ((await there.problem(ask.me)) === undefined) await sleep(10);
      took.push(performance.now() - ended);
    }
    const most = Math.max(...took);
    return {
      measured: `${took.length} log-outs, at most ${most.toFixed(0)} ms until the other process refused`,
      pass: most < SECOND,
    };
  },
};

export const rows = [idle, revoked];
