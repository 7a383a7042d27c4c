import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dist } from '../support/dist.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { registered, startForm, type Registered } from '../support/people.js';
import { drive, type Lane } from './load.js';
import { interleaved, median, type Figure, type Options } from './measure.js';

/** As many as every bench over HTTP opens, unless it says otherwise. */
export const CONNECTIONS = 50;
const SAVE = `mutation($input: SaveFormInput!){saveForm(input:$input){id revision}}`;
const NOTHING = `mutation($input: NothingInput!){nothing(input:$input){id revision}}`;
const patch = () => ({
  familyViews: { parentView: `What somebody writes on one page of a form. ${randomUUID()} `.repeat(8) },
});

/** The same stack with nothing behind it, as a process. */
export async function startNothing(): Promise<{ base: string; stop: () => void }> {
  const child = spawn(process.execPath, [join(dist, 'test/bench/nothing-server.js')], {
    stdio: ['ignore', 'pipe', 'inherit'],
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

const nothingLane = (): Lane => ({
  body: () =>
    JSON.stringify({
      query: NOTHING,
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
  const [frontdoor, nothing] = await Promise.all([startFrontdoor(), startNothing()]);
  try {
    const lanes = await savingLanes(frontdoor);
    const idle = Array.from({ length: CONNECTIONS }, nothingLane);
    const p99: number[] = [];
    let failed = 0;
    const { a, b } = await interleaved(
      3,
      async () => {
        const load = await drive(frontdoor.base, lanes, seconds);
        p99.push(load.p99);
        failed += load.failed;
        return load.rate;
      },
      async () => (await drive(nothing.base, idle, seconds)).rate,
    );
    if (failed > 0) throw new Error(`${failed} saves failed`);
    const note = `saveForm at ${CONNECTIONS} connections, against a mutation that does nothing on the same stack`;
    return [
      { name: 'save_form', value: a, unit: '/s', against: b, bar: { least: 0.6 }, note },
      { name: 'save_form_p99', value: median(p99), unit: 'ms', bar: { most: 60 }, note: 'of the same' },
    ];
  } finally {
    nothing.stop();
    await frontdoor.stop();
  }
}
