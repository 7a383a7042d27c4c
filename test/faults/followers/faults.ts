import { Report } from '../report.js';

export interface FollowerFaults {
  seed: number;
  /** One of the names below; absent: all of them, one after the other. */
  only?: string;
  /** crash: how often all followers are killed. */
  kills: number;
  /** shuffle: how many orders of delivery are tried. */
  seeds: number;
  /** takeover: how often a process that holds followers is killed or frozen. */
  takeovers: number;
  /** poison: events, one in a hundred of which cannot be handled. */
  events: number;
  /** smtp: mails, sent through a server that misbehaves. */
  mails: number;
  /** mongo: how long MongoDB is away, in seconds. */
  outage: number;
  /** kafka: events recorded while the brokers are down: an hour at 20 a second unless told otherwise. */
  peak: number;
}

type Fault = (report: Report, counts: FollowerFaults) => Promise<void>;

const faults: Record<string, Fault> = {
  crash: async (report, counts) => (await import('./crash.js')).crashFaults(report, counts),
  shuffle: async (report, counts) => (await import('./shuffle.js')).shuffleFaults(report, counts),
  takeover: async (report, counts) => (await import('./takeover.js')).takeoverFaults(report, counts),
  poison: async (report, counts) => (await import('./poison.js')).poisonFaults(report, counts),
  smtp: async (report, counts) => (await import('./smtp.js')).smtpFaults(report, counts),
  mongo: async (report, counts) => (await import('./mongo-outage.js')).mongoOutage(report, counts),
  kafka: async (report, counts) => (await import('./kafka-outage.js')).kafkaOutage(report, counts),
};

/** What follows the log, and everything that can go wrong around it. */
export async function followerFaults(counts: FollowerFaults): Promise<Report> {
  const report = new Report();
  for (const [name, fault] of Object.entries(faults)) {
    if (counts.only !== undefined && counts.only !== name) continue;
    const begun = Date.now();
    await fault(report, counts);
    report.done(`seconds spent on: ${name}`, Math.round((Date.now() - begun) / 1_000));
  }
  return report;
}
