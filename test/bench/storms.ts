import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { PASSWORD, registered } from '../support/people.js';
import { CONNECTIONS, savingLane, savingLanes } from './api.js';
import { arrive, drive, type Lane } from './load.js';
import { interleaved, rate as paced, type Figure, type Options } from './measure.js';

/** What keeps single callers from asking too much would keep this one from making a storm. */
const LIMITS = 'calls=off codes-sent=off codes-resent=off log-ins=off log-ins-from=off log-ins-everywhere=off';
const LOG_INS = 20;
const LOG_IN = 'mutation($email: String!, $password: String!){logIn(email:$email, password:$password){challengeId}}';

/** Saves while twenty people a second log in, against saves while nobody does. */
export async function logInStorm({ seconds }: Options): Promise<Figure[]> {
  const frontdoor = await startFrontdoor({ LIMITS });
  try {
    const saving = await savingLanes(frontdoor);
    const loggingIn = await logInLanes(frontdoor);
    // A third of what it can do: at the limit everything waits for everything.
    const rate = (await drive(frontdoor.base, saving, seconds)).rate / 3;
    const saves = async () => {
      const load = await arrive(frontdoor.base, saving, { rate, seconds: seconds * 2, patient: true });
      if (load.failed + load.refused > 0) throw new Error(`${load.failed + load.refused} saves failed`);
      return load.p99;
    };
    const stormy = async () => {
      const storm = arrive(frontdoor.base, loggingIn, { rate: LOG_INS, seconds: seconds * 2, patient: true });
      const p99 = await saves();
      const { failed, refused } = await storm;
      if (failed + refused > 0) throw new Error(`${failed + refused} log-ins failed`);
      return p99;
    };
    const { a, b } = await interleaved(3, stormy, saves);
    const note = `p99 of saveForm at ${Math.round(rate)} a second while ${LOG_INS} log in each second, against nobody logging in`;
    return [{ name: 'log_in_storm', value: a, unit: 'ms', against: b, bar: { most: 2 }, note }];
  } finally {
    await frontdoor.stop();
  }
}

async function logInLanes(frontdoor: Frontdoor): Promise<Lane[]> {
  const people = await Promise.all(Array.from({ length: LOG_INS }, () => registered(frontdoor.visitor('lancashire'))));
  return people.map(({ email }) => ({
    headers: { 'x-council': 'lancashire' },
    body: () => JSON.stringify({ query: LOG_IN, variables: { email, password: PASSWORD } }),
  }));
}

const TIMES = 5;
const MANY = 1_000;

/** Saves arriving five times as fast as they can be answered: what gets through, how fast, and what is left of it afterwards. */
export async function overload({ seconds }: Options): Promise<Figure[]> {
  const frontdoor = await startFrontdoor();
  const { base } = frontdoor;
  try {
    const someone = await registered(frontdoor.visitor('lancashire'));
    const lanes: Lane[] = [];
    await paced(MANY, 8, async () => lanes.push(await savingLane(someone)));
    const peakOf = () => drive(base, lanes.slice(0, CONNECTIONS), seconds * 2);
    await peakOf();
    const { rate: peak } = await peakOf();
    const storm = await arrive(base, lanes, { rate: TIMES * peak, seconds: seconds * 40, patient: false });
    const recovered = await recovery(base, lanes, peak);
    const offered = `${TIMES} times the ${Math.round(peak)}/s it can do, for ${seconds * 40} s`;
    const { rate, p50, p99, refused, failed, left } = storm;
    const note = `saves that get through at ${offered}; ${refused} refused, ${left} without a connection, ${failed} failed`;
    return [
      { name: 'overload', value: rate, unit: '/s', against: peak, bar: { least: 0.8 }, p50, p99, note },
      { name: 'overload_p99', value: p99, unit: 'ms', bar: { most: 2_000 }, note: 'of those that got through' },
      {
        name: 'overload_failed',
        value: failed,
        unit: '',
        bar: { most: 0 },
        note: 'neither answered nor refused in order',
      },
      {
        name: 'overload_recovered',
        value: recovered,
        unit: 's',
        bar: { most: 30 },
        note: 'until half the peak is answered at once again',
      },
    ];
  } finally {
    await frontdoor.stop();
  }
}

/** Seconds until nobody is refused and nobody waits at half the peak. */
async function recovery(base: string, lanes: Lane[], peak: number): Promise<number> {
  const begun = performance.now();
  for (let since = 0; ; since = (performance.now() - begun) / 1_000) {
    const { p99, failed, refused } = await arrive(base, lanes, { rate: peak / 2, seconds: 1, patient: true });
    if ((failed + refused === 0 && p99 < 250) || since > 60) return since;
  }
}
