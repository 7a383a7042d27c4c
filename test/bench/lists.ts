import { MongoClient } from 'mongodb';
import { systemClock } from '../../src/core/clock.js';
import { Sessions } from '../../src/session/sessions.js';
import { beside, startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { CONNECTIONS, startNothing } from './api.js';
import { Connection } from './connection.js';
import { accountOf, COUNCIL } from './data-set/facts.js';
import { referrals } from './data-set/prepare.js';
import { drive, type Lane } from './load.js';
import { interleaved, median, type Figure, type Options } from './measure.js';

const ROWS = 1_000_000;
const FEW = 10_000;
const FIELDS = 'reference version form subjectId name date response responseDate sentBy';
const LIST = `query($first: Int!){submittedForms(first:$first){recentlySubmitted{totalCount edges{cursor node{${FIELDS}}}}}}`;
const CONSTANT = `query($first: Int!){rows(first:$first){totalCount edges{cursor node{${FIELDS}}}}}`;
const asks = (query: string) => JSON.stringify({ query, variables: { first: 20 } });

/** Referrers of a prepared set, logged in, each asking for the first page of what they submitted, over and over. */
export async function listLanes(frontdoor: Frontdoor): Promise<Lane[]> {
  const client = await MongoClient.connect(beside(frontdoor).MONGO_URL!);
  const sessions = new Sessions(client.db('frontdoor_vault'), systemClock, async () => ({
    closed: false,
    passwordChange: null,
  }));
  const tokens = await Promise.all(
    Array.from({ length: CONNECTIONS }, (_, nth) => sessions.start(accountOf(nth * 100), COUNCIL, 30, 'The bench')),
  );
  await client.close();
  const body = asks(LIST);
  return tokens.map((token) => ({
    headers: { authorization: `Bearer ${token}`, 'x-council': COUNCIL },
    body: () => body,
  }));
}

/** A page of My Submitted Forms among a million rows, against plain Apollo answering with a constant list of 20 such rows. */
export async function submittedForms({ scale, seconds }: Options): Promise<Figure[]> {
  const rows = ROWS * scale;
  const [frontdoor, nothing] = await Promise.all([startFrontdoor({ DATA_DIR: await referrals(rows) }), startNothing()]);
  try {
    const lanes = await listLanes(frontdoor);
    const constant = lanes.map(() => ({ body: () => asks(CONSTANT) }));
    await holdsTwentyRows(frontdoor.base, lanes[0]!);
    const loads = await both(frontdoor.base, lanes, nothing.base, constant, seconds);
    const note = `submittedForms(first: 20) among ${rows} rows, against plain Apollo answering 20 constant rows`;
    return [{ name: 'submitted_forms', ...loads, unit: '/s', bar: { least: 1 }, note }];
  } finally {
    nothing.stop();
    await frontdoor.stop();
  }
}

/** The same page among a million rows, against ten thousand. */
export async function listGrowth({ scale, seconds }: Options): Promise<Figure[]> {
  const rows = ROWS * scale;
  const [many, few] = [await referrals(rows), await referrals(FEW * scale)];
  const [large, small] = await Promise.all([startFrontdoor({ DATA_DIR: many }), startFrontdoor({ DATA_DIR: few })]);
  try {
    const [lanes, others] = [await listLanes(large), await listLanes(small)];
    const p50 = (base: string, of: Lane[]) => async () => (await drive(base, of.slice(0, 10), seconds / 2)).p50;
    const { a, b } = await interleaved(5, p50(large.base, lanes), p50(small.base, others));
    const note = `p50 of submittedForms(first: 20) at 10 connections among ${rows} rows, against ${FEW * scale}`;
    return [{ name: 'list_growth', value: a, unit: 'ms', against: b, bar: { most: 1.2 }, note }];
  } finally {
    await Promise.all([large.stop(), small.stop()]);
  }
}

/** The rates of two sides in turn, and the latencies of the first. */
async function both(base: string, lanes: Lane[], against: string, others: Lane[], seconds: number) {
  const seen: { p50: number; p99: number }[] = [];
  let failed = 0;
  const { a, b } = await interleaved(
    3,
    async () => {
      const load = await drive(base, lanes, seconds);
      seen.push(load);
      failed += load.failed;
      return load.rate;
    },
    async () => (await drive(against, others, seconds)).rate,
  );
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return { value: a, against: b, p50: median(seen.map(({ p50 }) => p50)), p99: median(seen.map(({ p99 }) => p99)) };
}

/** Nothing is measured that does not answer what is asked for. */
async function holdsTwentyRows(base: string, lane: Lane): Promise<void> {
  const connection = new Connection(base);
  const { body } = await connection.post(lane.body(), lane.headers);
  connection.close();
  if (body.split('"reference":').length === 21) return;
  throw new Error(`This is no list of twenty rows: ${body.slice(0, 300)}`);
}
