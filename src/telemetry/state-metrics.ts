import { collectDefaultMetrics, Gauge, register, Registry } from 'prom-client';
import type { Follower } from '../../projections/follow.js';
import { allFollowers } from '../../projections/followers.js';
import { openPublishing } from '../../projections/kafka/open.js';
import { integrationStatus } from '../integration/status.js';
import { erasingJobNames, ErasingJobs } from '../core/erasing-jobs.js';
import type { Platform } from '../platform.js';
import { counted } from './counted.js';

/** What the stores are asked for is kept so long, in milliseconds: however often somebody scrapes. */
const KEPT = 10_000;
/** A backlog is counted up to here; "at least so many" is all that anybody has to know. */
const MOST_COUNTED = 10_000;

collectDefaultMetrics();

function gaugesIn(registry: Registry) {
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name: `frontdoor_${name}`, help, labelNames, registers: [registry] });
  return {
    up: gauge('dependency_up', 'Whether a dependency answers: 1 or 0.', 'dependency'),
    lagEvents: gauge(
      'follower_lag_events',
      `Facts that a follower has not handled, counted up to ${MOST_COUNTED}.`,
      'follower',
    ),
    lagSeconds: gauge('follower_lag_seconds', 'How long ago the oldest of them was recorded.', 'follower'),
    parked: gauge(
      'follower_parked_events',
      'Facts that a follower could not handle, and those that wait behind them: above 0 somebody has to look.',
      'follower',
    ),
    mails: gauge('mails', 'Mails that wait to be sent, and those that failed for good.', 'status'),
    overdue: gauge('mail_overdue_seconds', 'For how long the most overdue mail has been due.'),
    unacknowledged: gauge('receipts_unacknowledged', 'Submissions that no system has acknowledged.', 'council'),
    late: gauge('receipts_late', 'Those of them that should have been acknowledged by now.', 'council'),
    refusing: gauge('erasing_job_refused', 'Whether a job that erases refuses to run: 1 or 0.', 'name'),
    sessions: gauge('sessions', 'Sessions of referrers that have not reached their latest end.'),
  };
}

/** All metrics as Prometheus reads them: what this process counted, and what its stores say when it is asked. */
export class Metrics {
  readonly contentType = register.contentType;
  private readonly state = new Registry();
  private readonly gauges = gaugesIn(this.state);
  private readonly followers: Follower[];
  private asked: { at: number; done: Promise<void> } | undefined;

  constructor(private readonly platform: Platform) {
    const publishing = openPublishing(platform);
    this.followers = allFollowers({ ...platform, ledger: platform.mails, wakeMail: () => undefined, publishing });
  }

  async text(): Promise<string> {
    await this.refreshed();
    return `${await counted()}\n${await this.state.metrics()}`;
  }

  private refreshed(): Promise<void> {
    const now = this.platform.clock.now().getTime();
    if (!this.asked || now - this.asked.at > KEPT) this.asked = { at: now, done: this.refresh() };
    return this.asked.done;
  }

  private async refresh(): Promise<void> {
    const { health, sessions, mails, parked, events, views, vault, councils, clock, logger } = this.platform;
    const { dependencies } = await health.readiness();
    // Figures of a store that is away would stand still: better none.
    this.state.resetMetrics();
    for (const [dependency, answer] of Object.entries(dependencies)) {
      this.gauges.up.set({ dependency }, answer === 'ok' ? 1 : 0);
    }
    const { followers, gauges } = this;
    const status = integrationStatus({ events, views, councils, clock, followers }, 1, MOST_COUNTED);
    const jobs = new ErasingJobs(vault, clock, logger).all();
    const told = [
      jobs.then((known) => {
        for (const name of erasingJobNames) {
          gauges.refusing.set({ name }, known.some(({ _id, refused }) => _id === name && refused !== null) ? 1 : 0);
        }
      }),
      sessions.count().then((count) => gauges.sessions.set(count)),
      mails.backlog().then(({ queued, failed, overdue }) => {
        gauges.mails.set({ status: 'queued' }, queued);
        gauges.mails.set({ status: 'failed' }, failed);
        gauges.overdue.set(overdue);
      }),
      parked.counts().then((counts) => {
        for (const { name: follower } of followers) {
          gauges.parked.set({ follower }, counts.find((count) => count.follower === follower)?.events ?? 0);
        }
      }),
      status.then(({ councils: receipts, followers: lags }) => {
        for (const { council, unacknowledged, late } of receipts) {
          gauges.unacknowledged.set({ council }, unacknowledged);
          gauges.late.set({ council }, late);
        }
        for (const { follower, events: behind, seconds } of lags) {
          gauges.lagEvents.set({ follower }, behind);
          gauges.lagSeconds.set({ follower }, seconds);
        }
      }),
    ];
    await Promise.allSettled(told);
  }
}
