import { once } from 'node:events';
import { begin, caughtUp, Installation, type Member } from './installation.js';
import { Load } from './load.js';
import { Random } from './random.js';
import { verdict } from './reconnect-verdict.js';
import { Report } from './report.js';

const UNCLEAN = 'processes that did not end with status 0';
const SLOW = 'processes that took more than 25 s to end';
const BEHIND = 'followers that did not catch up within 60 s';

/** People at work, and how long each thinks between two commands at most, in milliseconds. */
const PEOPLE = 4;
const THINKING = 300;

/**
 * Two API processes behind a balancer and two projectors, ended by SIGTERM and started again while people work: one of
 * each kind at a time, as two deployments are rolled out. Nobody notices, and nothing that was accepted is lost.
 */
export async function restartFaults({ seed, restarts }: { seed: number; restarts: number }): Promise<Report> {
  const report = new Report();
  report.none(UNCLEAN, SLOW, BEHIND);
  const random = new Random(seed);
  const installation = await Installation.open({ apis: 2, projectors: 2 });
  const { apis, projectors } = installation;
  const load = new Load(random, report, { thinking: THINKING });
  let done = 0;
  /** One of a kind after the other, over and over. */
  const roll = async (kind: readonly Member[], times: number) => {
    for (let nth = 0; nth < times; nth += 1) {
      const restarted = kind[nth % kind.length]!;
      await end(restarted, report);
      await begin(restarted);
      if (apis.includes(restarted)) await installation.isSentTo(restarted);
      done += 1;
      report.done(`restarts: ${restarted.name}`);
      report.progress(`${done} of ${restarts} restarts, ${load.accepted.length} commands accepted`);
    }
  };
  try {
    await load.start(await installation.visitor(), PEOPLE, 1);
    await Promise.all([apis, projectors].map((kind, nth) => roll(kind, Math.floor((restarts + 1 - nth) / 2))));
    await load.stop();
    report.check(await caughtUp(installation.platform), BEHIND);
    await verdict(installation.platform, installation.store, load, report);
  } finally {
    await load.stop();
    await installation.close((member) => end(member, report));
  }
  return report;
}

async function end({ name, child }: Member, report: Report): Promise<void> {
  if (!child || child.exitCode !== null) return;
  const begun = Date.now();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = (await exited) as [number | null];
  const took = Date.now() - begun;
  report.check(code === 0, UNCLEAN, () => `${name}: ${code}`);
  report.check(took <= 25_000, SLOW, () => `${name}: ${took} ms`);
  report.most('longest until a process had ended, 1 s of it turning callers away, ms', took);
}
