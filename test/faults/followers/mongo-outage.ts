import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Api } from '../../../src/cli/demo/api.js';
import { startEventStore } from '../../support/faults-store.js';
import { registered } from '../../support/people.js';
import { startApplication } from '../application.js';
import { Load } from '../load.js';
import { Random } from '../random.js';
import { verdict } from '../reconnect-verdict.js';
import type { Report } from '../report.js';
import { caughtUp } from '../installation.js';

const OTHERWISE = 'reads during the outage that were answered by anything but UNAVAILABLE';
const SLOW = 'reads during the outage that took 5 s or more to fail';
const BEHIND = 'followers that had not caught up 60 s after the outage';
const PARKED = 'events that were parked because of the outage';
const QUERY = '{ submittedForms { recentlySubmitted { totalCount } } }';

/** MongoDB is away for so many seconds under load: reads fail fast, nothing accepted is lost, lists equal a rebuild. */
export async function mongoOutage(report: Report, { seed, outage }: { seed: number; outage: number }): Promise<void> {
  report.none(OTHERWISE, SLOW, BEHIND, PARKED);
  const store = await startEventStore();
  const application = await startApplication(store.url);
  const load = new Load(new Random(seed), report);
  try {
    const { api } = await registered(application.visitor('lancashire'));
    await load.start(application.visitor('lancashire'), 3, 2);
    await sleep(5_000);
    const before = load.accepted.length;
    await application.mongo.kill();
    report.done('seconds without MongoDB', outage);
    for (const end = Date.now() + outage * 1_000; Date.now() < end; await sleep(1_000)) {
      await readInOutage(api, report);
      report.progress(`${Math.round((end - Date.now()) / 1_000)} s left`);
    }
    report.done('commands accepted before the outage', before);
    report.done('commands accepted during the outage', load.accepted.length - before);
    await application.mongo.restart();
    const back = Date.now();
    while (!(await api.ask(QUERY).catch(() => undefined)) && Date.now() - back < 30_000) await sleep(20);
    report.most('until the first read after it was back, ms', Date.now() - back);
    await sleep(5_000);
    await load.stop();
    report.check(await caughtUp(application.platform), BEHIND);
    for (const { events } of await application.platform.parked.counts()) report.loss(PARKED, String(events));
    await verdict(application.platform, store, load, report);
  } finally {
    await application.stop();
    await store.kill();
  }
}

async function readInOutage(api: Api, report: Report): Promise<void> {
  const begun = Date.now();
  const code = await api.ask(QUERY).then(
    () => 'an answer',
    (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
  );
  report.check(code === 'UNAVAILABLE', OTHERWISE, () => code);
  report.check(Date.now() - begun < 5_000, SLOW, () => `${Date.now() - begun} ms`);
  report.most('longest wait for a read during the outage, ms', Date.now() - begun);
  report.done('reads during the outage');
}
