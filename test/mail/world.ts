import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { MongoClient, type Db } from 'mongodb';
import { Leases } from '../../projections/lease.js';
import { LEASE, MailLedger } from '../../projections/mail/ledger.js';
import { queueMails, RememberedContexts } from '../../projections/mail/follower.js';
import { MailSender, type MailSenderDeps } from '../../projections/mail/send.js';
import type { MailFact } from '../../projections/mail/mail.js';
import { accountKind } from '../../src/account/account.events.js';
import type { DomainEvent, StreamKind } from '../../src/core/decider.js';
import { EventLog, noHead, type Head } from '../../src/core/event-log.js';
import { derivedId } from '../../src/core/ids.js';
import { DataKeys } from '../../src/core/keys.js';
import { projectRoot } from '../../src/core/project-root.js';
import { Secrets } from '../../src/core/secrets.js';
import { Councils } from '../../src/council/councils.js';
import { referralKind } from '../../src/referral/referral.events.js';
import { freePort } from '../support/free-port.js';
import { killer, launch, startMongo, type StartedMongo } from '../support/mongo.js';
import { until as condition } from '../support/until.js';
import { START, type Given } from './facts.js';

export const councils = Councils.load(join(projectRoot, 'deploy/councils'));
export const secrets = new Secrets(Buffer.alloc(32, 7));

/** What tests look at of an entry in the ledger. */
interface Row {
  _id: string;
  stream: string;
  kind: string;
  to: string;
  referralId: string | null;
  status: string;
  attempts: number;
  problem: string | null;
  lastCode: number | null;
  nextAttemptAt: Date;
  claim: string | null;
  sentAt: Date | null;
}

let streams = 0;
/** A stream of a test's own: the tests of a file share one event store. */
export const own = (stream: string) => `${stream}${(streams += 1)}`;

/** A database of its own in a running stand-in, and everything that mails are made with. Time stands still in it. */
export class World {
  now = Date.parse(START);
  readonly clock = { now: () => new Date(this.now) };
  readonly reports: string[] = [];
  readonly keys: DataKeys;
  readonly log: EventLog;
  readonly ledger: MailLedger;
  private readonly contexts = new RememberedContexts();
  private readonly heads = new Map<string, Head>();
  private readonly senders: MailSender[] = [];

  constructor(
    readonly vault: Db,
    store: EventStoreDBClient,
  ) {
    this.keys = new DataKeys(vault, Buffer.alloc(32, 3));
    this.log = new EventLog(store, this.keys);
    this.ledger = new MailLedger(vault, this.clock);
  }

  pass(milliseconds: number): void {
    this.now += milliseconds;
  }

  /** Records one command's events in a stream, now. */
  async record(stream: string, ...events: Given[]): Promise<MailFact[]> {
    const kind = (stream.startsWith('account-') ? accountKind : referralKind) as unknown as StreamKind<DomainEvent>;
    const head = this.heads.get(stream) ?? noHead;
    const { facts, head: next } = await this.log.append(kind, stream, head, events, {
      commandId: derivedId(stream, head.revision),
      commandHash: '',
      council: 'lancashire',
      actor: { kind: 'referrer', id: 'a', name: 'Janette Doe-Canary' },
      correlationId: 'c',
      at: this.clock.now().toISOString(),
    });
    this.heads.set(stream, next);
    return facts as unknown as MailFact[];
  }

  /** What the follower does with facts; `contexts` where it has just been started. */
  async queue(facts: MailFact[], contexts = this.contexts): Promise<void> {
    const { log, ledger, clock } = this;
    await queueMails({ log, ledger, clock, contexts, wake: (queued) => this.wake(queued) }, facts);
  }

  /** Records one command's events, queues their mails and tells the last fact. */
  async happens(stream: string, ...events: Given[]): Promise<MailFact> {
    const facts = await this.record(stream, ...events);
    await this.queue(facts);
    return facts.at(-1)!;
  }

  /** The ledger's entries, in the order of their facts. */
  rows(): Promise<Row[]> {
    return this.vault.collection<Row>('mails').find({}).sort({ queuedAt: 1, revision: 1 }).toArray();
  }

  /** Those that are not done with. */
  waiting(): Promise<Row[]> {
    return this.vault.collection<Row>('mails').find({ status: 'QUEUED' }).toArray();
  }

  async row(): Promise<Row> {
    return (await this.rows())[0]!;
  }

  async untilAll(status: string): Promise<void> {
    await until(`all mails were ${status}`, async () => (await this.rows()).every((row) => row.status === status));
  }

  /** Waits until the only mail was tried so often, then lets the time of its next try come. */
  async afterTries(attempts: number): Promise<void> {
    await until(`there were ${attempts} tries`, async () => {
      const { attempts: made, problem, nextAttemptAt } = await this.row();
      return made === attempts && problem !== null && nextAttemptAt.getTime() < this.now + LEASE;
    });
    this.now = (await this.row()).nextAttemptAt.getTime();
    this.wake();
  }

  leasesOf(holder: string): MailSenderDeps['leases'] {
    const leases = new Leases(this.vault, holder);
    return {
      holder,
      hold: (name) => leases.hold(name),
      release: (name) => leases.release(name),
      isSurelyHeld: (name) => leases.isSurelyHeld(name),
      living: () => leases.living(),
    };
  }

  startSender(smtpUrl: string, leases = this.leasesOf(`sender-${this.senders.length}`)): MailSender {
    const { log, ledger, clock } = this;
    const report = (line: string) => void this.reports.push(line);
    const sender = new MailSender({ log, ledger, clock, councils, secrets, smtpUrl, leases, report });
    this.senders.push(sender);
    sender.start();
    return sender;
  }

  wake(queued?: number): void {
    for (const sender of this.senders) sender.wake(queued);
  }

  async stop(): Promise<void> {
    await Promise.all(this.senders.map((sender) => sender.stop()));
  }
}

export interface Ground {
  mongo: StartedMongo;
  world(): Promise<World>;
  restartMongo(): Promise<void>;
  killStore(): Promise<void>;
  restartStore(): Promise<void>;
  end(): Promise<void>;
}

/** The stores that worlds stand on: one of each for a file of tests. */
export async function prepareGround(): Promise<Ground> {
  const mongo = await startMongo();
  const folder = mkdtempSync(join(tmpdir(), 'frontdoor-events-'));
  const startStore = (port: number) => launch('event-store/main.js', ['--port', String(port), '--data', folder]);
  let { child, ready } = await startStore(await freePort());
  const storePort = Number(ready.port);
  let running = mongo;
  const client = await new MongoClient(mongo.url, { serverSelectionTimeoutMS: 1_500 }).connect();
  const store = EventStoreDBClient.connectionString`esdb://127.0.0.1:${storePort}?tls=false`;
  let worlds = 0;
  return {
    mongo,
    async world() {
      worlds += 1;
      const world = new World(client.db(`vault_${worlds}`), store);
      await world.ledger.createIndexes();
      return world;
    },
    async restartMongo() {
      running = await startMongo({ dataDir: mongo.dataDir, args: ['--port', String(mongo.port)] });
    },
    killStore: () => killer(child)(),
    async restartStore() {
      ({ child, ready } = await startStore(storePort));
    },
    async end() {
      await client.close();
      await store.dispose();
      await running.stop();
      await killer(child)();
    },
  };
}

/** Waits until something holds. */
export const until = (what: string, holds: () => Promise<boolean> | boolean): Promise<void> => condition(holds, what);
