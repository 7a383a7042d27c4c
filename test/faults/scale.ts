import { setTimeout as sleep } from 'node:timers/promises';
import { begin, caughtUp, Installation, kill } from './installation.js';
import { Load } from './load.js';
import { Random } from './random.js';
import { verdict } from './reconnect-verdict.js';
import { Report } from './report.js';

const BEHIND = 'followers that did not catch up within 60 s';
const PEOPLE = 12;
const SIZES = [1, 2, 4];

/**
 * One, two and four API processes behind a balancer, two projectors, one store: people work as fast as they are answered,
 * each request of theirs at another process, and look at their list after each submission. One projector is killed −9
 * half-way, and the other goes on. Nothing is lost or done twice, and everybody sees what they just did, save while no
 * projector follows.
 */
export async function scaleFaults({ seed, seconds }: { seed: number; seconds: number }): Promise<Report> {
  const report = new Report();
  report.none(BEHIND);
  const random = new Random(seed);
  for (const apis of SIZES) {
    const installation = await Installation.open({ apis, projectors: 2 });
    const load = new Load(random, report, { looks: true });
    try {
      await load.start(await installation.visitor(), PEOPLE, 1);
      const [begun, before] = [Date.now(), load.accepted.length];
      await sleep((seconds * 1_000) / 2);
      const [projector] = installation.projectors;
      await kill(projector!);
      await begin(projector!);
      await sleep(Math.max(0, begun + seconds * 1_000 - Date.now()));
      const rate = (load.accepted.length - before) / ((Date.now() - begun) / 1_000);
      report.most(`commands a second accepted by API processes: ${apis}`, Math.round(rate));
      report.progress(`${apis} API processes, ${load.accepted.length} commands accepted`);
      await load.stop();
      report.check(await caughtUp(installation.platform), BEHIND);
      await verdict(installation.platform, installation.store, load, report);
    } finally {
      await load.stop();
      await installation.close(kill);
    }
  }
  return report;
}
