import type { Platform } from '../platform.js';
import { Controls } from '../../projections/controls.js';
import { brokersAnswer } from '../../projections/kafka/publish.js';
import { mailServerAnswers } from '../../projections/mail/smtp.js';
import { S3FileStore } from '../attachment/s3-file-store.js';
import { ClamdScanner } from '../attachment/scanner.js';

export type Answer = 'ok' | 'unavailable';
export interface Readiness {
  /** `degraded`: people are served, yet something waits; `stopping`: this process was told to end. */
  status: 'ok' | 'degraded' | 'unavailable' | 'stopping';
  /** What this installation depends on, by name. */
  dependencies: Record<string, Answer>;
}

type Dependencies = Pick<Platform, 'log' | 'vault' | 'files' | 'scanner' | 'stores' | 'config' | 'clock'>;

/** A dependency that has not answered in this time, in milliseconds, does not answer. */
const PATIENCE = 3_000;
/** What nobody waits for is asked this seldom, in milliseconds: whoever asks about our health is not to load it. */
const KEPT = 15_000;

/** Whether what this process stands on answers: without `needed` nobody is served, without the rest something waits. */
export class Health {
  /** True from the moment this process was told to end. */
  stopping = false;
  private readonly now: () => number;
  private readonly needed: Record<string, () => Promise<unknown>>;
  private readonly others: Record<string, () => Promise<unknown>>;
  private asked: { at: number; answers: Promise<Record<string, Answer>> } | undefined;

  constructor({ log, vault, files, scanner, stores, config: { kafka }, clock }: Dependencies) {
    this.now = () => clock.now().getTime();
    const controls = new Controls(vault, clock);
    this.needed = {
      events: () => log.records('readiness-probe').next(),
      mongo: () => vault.command({ ping: 1 }),
    };
    this.others = {
      mail: () => mailServerAnswers(stores.mail, PATIENCE),
      followers: async () => {
        if ((await controls.all()).some(({ stopped }) => stopped)) throw new Error('One waits for a newer release.');
      },
      ...(kafka && { kafka: () => brokersAnswer(kafka, PATIENCE) }),
      ...(scanner instanceof ClamdScanner && { clamd: () => scanner.ping() }),
      ...(files instanceof S3FileStore && { files: () => files.ping() }),
    };
  }

  async readiness(): Promise<Readiness> {
    const [needed, { followers, ...answers }] = await Promise.all([answersOf(this.needed), this.keptAnswers()]);
    // Named where one stands still; which one and why, `ops followers status` says.
    const others = followers === 'unavailable' && needed.mongo === 'ok' ? { ...answers, followers } : answers;
    return { status: this.statusOf(needed, others), dependencies: { ...needed, ...others } };
  }

  /** What `/readyz` says: whether to send people here, and each dependency by name. */
  async report(): Promise<{ served: boolean; body: object }> {
    const { status, dependencies } = await this.readiness();
    return { served: status === 'ok' || status === 'degraded', body: { status, ...dependencies } };
  }

  private statusOf(needed: Record<string, Answer>, others: Record<string, Answer>): Readiness['status'] {
    if (this.stopping) return 'stopping';
    if (Object.values(needed).includes('unavailable')) return 'unavailable';
    return Object.values(others).includes('unavailable') ? 'degraded' : 'ok';
  }

  private keptAnswers(): Promise<Record<string, Answer>> {
    if (!this.asked || this.now() - this.asked.at > KEPT) {
      this.asked = { at: this.now(), answers: answersOf(this.others) };
    }
    return this.asked.answers;
  }
}

async function answersOf(checks: Record<string, () => Promise<unknown>>): Promise<Record<string, Answer>> {
  const answers = Object.entries(checks).map(async ([name, check]) => [name, await answerOf(check)] as const);
  return Object.fromEntries(await Promise.all(answers));
}

async function answerOf(check: () => Promise<unknown>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  // An answer that lies in this process unread, since it was busy, is an answer: it is read before the time is up.
  const late = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => setImmediate(() => resolve('unavailable')), PATIENCE);
  });
  const asked = check().then(
    () => 'ok' as const,
    () => 'unavailable' as const,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
