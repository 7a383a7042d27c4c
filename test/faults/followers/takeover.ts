import { setTimeout as sleep } from 'node:timers/promises';
import { allFollowers } from '../../../projections/followers.js';
import type { LeaseDocument } from '../../../projections/lease.js';
import type { Platform } from '../../../src/platform.js';
import { begin, caughtUp, Installation, kill, type Member } from '../installation.js';
import { Load } from '../load.js';
import { Random } from '../random.js';
import { verdict } from '../reconnect-verdict.js';
import type { Report } from '../report.js';
import { startWitness, type Witness } from './witness.js';

const LATE = 'followers that had no new holder within 10 s';
const TWO = 'checkpoints written by a process that did not hold the lease';
/** Handled already, it is true whoever says it; but it is the last that such a process may say. */
const LAST_WORDS = 'checkpoints on their way when their process was frozen';
const BEHIND = 'followers that did not catch up within 60 s';
const PROJECTORS = 3;
/** How long a process stays frozen: longer than a lease lives. */
const FROZEN = 9_000;

/**
 * Three projectors beside an API under load. Whichever holds followers is killed −9, or frozen for longer than its leases
 * live: others take over within ten seconds, and what it writes once it is thawed is no checkpoint any more.
 */
export async function takeoverFaults(report: Report, options: { seed: number; takeovers: number }): Promise<void> {
  report.none(LATE, TWO, BEHIND);
  const random = new Random(options.seed);
  let table: LeaseTable | undefined;
  const witnesses: Witness[] = [];
  const installation = await Installation.open({
    apis: 1,
    projectors: PROJECTORS,
    logLevel: 'silent',
    wayToMongo: async (projector, mongoPort, platform) => {
      const leases = (table ??= new LeaseTable(platform));
      const witness = await startWitness(mongoPort, async (follower) => {
        report.done('checkpoints written');
        const holder = await leases.holderOf(follower);
        const pid = projector.child!.pid;
        if (holder !== pid && leases.hadBegun(follower, pid)) report.done(LAST_WORDS);
        else report.check(holder === pid, TWO, () => `${follower}: ${projector.name}, not ${holder}`);
      });
      witnesses.push(witness);
      return witness.url;
    },
  });
  const { platform, projectors } = installation;
  const leases = table!;
  const load = new Load(random, report);
  try {
    await load.start(await installation.visitor(), 2, 1);
    for (let nth = 1; nth <= options.takeovers; nth += 1) {
      while ((await leases.holders()).size < leases.followers.length) await sleep(50);
      const victim = random.of(projectors.filter((projector) => leases.heldBy(projector).length > 0));
      await takenOver(victim, nth % 2 === 0 ? 'frozen' : 'killed', leases, report);
      report.progress(`${nth} of ${options.takeovers} processes taken away, ${load.accepted.length} commands accepted`);
    }
    await load.stop();
    report.check(await caughtUp(platform), BEHIND);
    await verdict(platform, installation.store, load, report);
  } finally {
    await load.stop();
    await installation.close(kill);
    for (const witness of witnesses) witness.stop();
  }
}

/** Takes a process away, sees others take over what it held, and brings it back. */
async function takenOver(victim: Member, how: 'killed' | 'frozen', leases: LeaseTable, report: Report): Promise<void> {
  const held = leases.heldBy(victim);
  const pid = victim.child!.pid;
  const begun = Date.now();
  if (how === 'killed') await kill(victim);
  else leases.freeze(victim);
  for (const open = new Set(held); open.size > 0 && Date.now() - begun < 30_000; await sleep(20)) {
    const holders = await leases.holders();
    for (const follower of open) {
      const holder = holders.get(follower);
      if (holder === undefined || holder === pid) continue;
      open.delete(follower);
      const took = Date.now() - begun;
      report.check(took < 10_000, LATE, () => `${follower}: ${took} ms`);
      report.most(`longest until the follower of a process that was ${how} had another holder, ms`, took);
    }
  }
  report.done(`processes ${how} while they held followers`);
  report.done('followers taken over', held.length);
  if (how === 'killed') return begin(victim);
  await sleep(Math.max(0, FROZEN - (Date.now() - begun)));
  victim.child!.kill('SIGCONT');
  await sleep(2_000);
}

/** Who holds which follower, by process id: a holder's name says it. */
class LeaseTable {
  readonly followers: string[];
  private known = new Map<string, number>();
  /** What frozen processes may have been about to say when they were. */
  private readonly begun = new Set<string>();

  constructor(private readonly platform: Platform) {
    const stores = { ...platform, ledger: platform.mails, wakeMail: () => undefined };
    this.followers = allFollowers(stores).map(({ name }) => name);
  }

  /** The holders at this moment. */
  async holders(): Promise<ReadonlyMap<string, number>> {
    const leases = this.platform.vault.collection<LeaseDocument>('leases');
    const held = await leases.find({ _id: { $in: this.followers }, expiresAt: { $gt: new Date() } }).toArray();
    return (this.known = new Map(held.map(({ _id, holder }) => [_id, processOf(holder)])));
  }

  /** Of a lease that nobody has taken since it ran out, the last holder. */
  async holderOf(follower: string): Promise<number | undefined> {
    const lease = await this.platform.vault.collection<LeaseDocument>('leases').findOne({ _id: follower });
    return lease ? processOf(lease.holder) : undefined;
  }

  /** Freezes a process, with whatever it is about to say of each follower that it holds. */
  freeze(member: Member): void {
    for (const follower of this.heldBy(member)) this.begun.add(`${member.child!.pid} ${follower}`);
    member.child!.kill('SIGSTOP');
  }

  /** Whether a process may have been about to write a checkpoint when it was frozen: that once. */
  hadBegun(follower: string, pid: number | undefined): boolean {
    return this.begun.delete(`${pid} ${follower}`);
  }

  /** As it was when it was last looked. */
  heldBy({ child }: Member): string[] {
    return [...this.known].filter(([, holder]) => holder === child?.pid).map(([follower]) => follower);
  }
}

function processOf(holder: string): number {
  return Number(holder.split('/')[1]);
}
