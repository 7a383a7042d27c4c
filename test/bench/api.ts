import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dist, nodeFlags } from '../support/dist.js';
import { beside, startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { registered, startForm, type Registered } from '../support/people.js';
import { drive, type Lane } from './load.js';
import { interleaved, median, type Figure, type Options } from './measure.js';

/** As many as every bench over HTTP opens, unless it says otherwise. */
export const CONNECTIONS = 50;
const SAVE = `mutation($input: SaveFormInput!){saveForm(input:$input){id revision}}`;
const doing = (what: 'nothing' | 'append') => `mutation($input: NothingInput!){${what}(input:$input){id revision}}`;
const patch = () => ({
  familyViews: { parentView: `What somebody writes on one page of a form. ${randomUUID()} `.repeat(8) },
});

/** The same stack with nothing behind it, as a process; an event store where it is to append. */
export async function startNothing(events?: string): Promise<{ base: string; stop: () => void }> {
  const child = spawn(process.execPath, [...nodeFlags, join(dist, 'test/bench/nothing-server.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, EVENTSTORE_URL: events ?? '' },
  });
  const [base] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { base, stop: () => void child.kill() };
}

/** A connection that saves one form over and over. */
export async function savingLane({ api }: Registered): Promise<Lane> {
  const form = await startForm(api, 'request-for-support');
  let { revision } = form;
  return {
    headers: { authorization: `Bearer ${api.token}`, 'x-council': api.council },
    body: () =>
      JSON.stringify({
        query: SAVE,
        variables: {
          input: { commandId: randomUUID(), id: form.id, expectedRevision: revision, answersPatch: patch() },
        },
      }),
    answered: (reply) => (revision = Number(/"revision":(\d+)/.exec(reply)?.[1] ?? revision)),
  };
}

const nothingLane = (what: 'nothing' | 'append'): Lane => ({
  body: () =>
    JSON.stringify({
      query: doing(what),
      variables: { input: { commandId: randomUUID(), id: randomUUID(), expectedRevision: 1, answersPatch: patch() } },
    }),
});

/** Five referrers with ten open forms each. */
export async function savingLanes(frontdoor: Frontdoor): Promise<Lane[]> {
  const lanes: Lane[] = [];
  for (let person = 0; person < CONNECTIONS / 10; person += 1) {
    const someone = await registered(frontdoor.visitor('lancashire'));
    for (let form = 0; form < 10; form += 1) lanes.push(await savingLane(someone));
  }
  return lanes;
}

/** saveForm whole (authenticate, decide, durable append, reply) against a mutation that does nothing. */
export async function saveForm({ seconds }: Options): Promise<Figure[]> {
  const frontdoor = await startFrontdoor();
  const nothing = await startNothing(beside(frontdoor).EVENTSTORE_URL);
  try {
    const lanes = await savingLanes(frontdoor);
    const [idle, appending] = (['nothing', 'append'] as const).map((what) =>
      Array.from({ length: CONNECTIONS }, () => nothingLane(what)),
    ) as [Lane[], Lane[]];
    const [p99, appends]: [number[], number[]] = [[], []];
    const rateOf = async (base: string, of: Lane[]) => {
      const load = await drive(base, of, seconds);
      if (load.failed > 0) throw new Error(`${load.failed} were not answered`);
      if (of === lanes) p99.push(load.p99);
      return load.rate;
    };
    const { a: value, b: against } = await interleaved(
      3,
      () => rateOf(frontdoor.base, lanes),
      async () => {
        appends.push(await rateOf(nothing.base, appending));
        return rateOf(nothing.base, idle);
      },
    );
    const at = `at ${CONNECTIONS} connections, against a mutation that does nothing on the same stack`;
    return [
      { name: 'save_form', value, unit: '/s', against, bar: { least: 0.6 }, note: `saveForm ${at}` },
      { name: 'save_form_p99', value: median(p99), unit: 'ms', bar: { most: 60 }, note: 'of the same' },
      {
        name: 'save_form_limit',
        // The first round warms up.
        value: median(appends.slice(1)),
        unit: '/s',
        against,
        note: `a mutation that does nothing but one durable append through the official client, ${at}`,
      },
    ];
  } finally {
    nothing.stop();
    await frontdoor.stop();
  }
}
