import { beside, startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { savingLanes } from './api.js';
import { referrals } from './data-set/prepare.js';
import { listLanes } from './lists.js';
import { drive } from './load.js';
import { interleaved, type Figure, type Options } from './measure.js';
import { memoryOf, startProgram } from './processes.js';

const REFERRALS = 1_000_000;
const FEW = 1_000;

/** Saving forms with a million referrals in store, against a thousand. */
export async function commandGrowth({ scale, seconds }: Options): Promise<Figure[]> {
  const count = REFERRALS * scale;
  const [many, few] = [await referrals(count), await referrals(FEW * scale)];
  const [large, small] = await Promise.all([startFrontdoor({ DATA_DIR: many }), startFrontdoor({ DATA_DIR: few })]);
  try {
    const saves = async (frontdoor: Frontdoor) => {
      const lanes = await savingLanes(frontdoor);
      return async () => (await drive(frontdoor.base, lanes, seconds / 2)).rate;
    };
    const { a, b } = await interleaved(5, await saves(large), await saves(small));
    const note = `saveForm at 50 connections with ${count} referrals in store, against ${FEW * scale}`;
    return [{ name: 'command_growth', value: a, unit: '/s', against: b, bar: { least: 0.9 }, note }];
  } finally {
    await Promise.all([large.stop(), small.stop()]);
  }
}

/** From the start of the process to the first answer, with a million events in store and with none. */
export async function boot({ scale }: Options): Promise<Figure[]> {
  const count = REFERRALS * scale;
  const [full, empty] = [await referrals(count), await referrals(0)];
  const firstAnswer = (dataDir: string) => async () => {
    const begun = performance.now();
    const frontdoor = await startFrontdoor({ DATA_DIR: dataDir });
    await frontdoor.visitor('lancashire').ask('{council{name}}');
    const seconds = (performance.now() - begun) / 1_000;
    await frontdoor.stop();
    return seconds;
  };
  const { a, b } = await interleaved(3, firstAnswer(full), firstAnswer(empty));
  const note = `seconds more to the first answer with ${count} referrals in store: ${a.toFixed(2)} s, and ${b.toFixed(2)} s with none`;
  return [{ name: 'boot', value: a - b, unit: 's', bar: { most: 3 }, note }];
}

/** The most memory that API and projector take while people save forms and look at their lists. */
export async function memory({ scale, seconds }: Options): Promise<Figure[]> {
  const count = REFERRALS * scale;
  const dataDir = await referrals(count);
  const frontdoor = await startFrontdoor({ DATA_DIR: dataDir, PROJECTIONS: 'outside' });
  const projector = startProgram('projections/main.js', { DATA_DIR: dataDir, ...beside(frontdoor) });
  try {
    const [saving, listing] = [await savingLanes(frontdoor), await listLanes(frontdoor)];
    const loads = [saving, listing].map((lanes) => drive(frontdoor.base, lanes, seconds * 8));
    const failed = (await Promise.all(loads)).reduce((sum, load) => sum + load.failed, 0);
    if (failed > 0) throw new Error(`${failed} requests failed`);
    const most = (name: string, pid: number, what: string): Figure => {
      const note = `peak memory of ${what} over ${seconds * 8} s of saves and lists with ${count} referrals in store`;
      return { name, value: memoryOf(pid).peak, unit: 'MB', bar: { most: 600 }, note };
    };
    return [
      most('memory_api', frontdoor.pid(), 'the API process, the embedded stores in it'),
      most('memory_projector', projector.pid, 'the projector'),
    ];
  } finally {
    await projector.stop();
    await frontdoor.stop();
  }
}
