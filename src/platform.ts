import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import type { Db, MongoClient } from 'mongodb';
import { Controls } from '../projections/controls.js';
import { createViewIndexes, followedKinds } from '../projections/followers.js';
import { inbox } from '../projections/inbox.js';
import { MailLedger } from '../projections/mail/ledger.js';
import { Parked } from '../projections/parked.js';
import { savedForms } from '../projections/saved-forms.js';
import { submittedForms } from '../projections/submitted-forms.js';
import { accountStanding } from './account/account-standing.js';
import { FolderFileStore, type FileStore } from './attachment/file-store.js';
import { S3FileStore } from './attachment/s3-file-store.js';
import { ClamdScanner, NoScanner, type Scanner } from './attachment/scanner.js';
import { SignedUrls } from './attachment/signed-urls.js';
import type { Config } from './config.js';
import { Councils } from './council/councils.js';
import { AppendingThread, type Append } from './core/appending.js';
import type { Clock } from './core/clock.js';
import { EventLog } from './core/event-log.js';
import { CommandHandling } from './core/handle-command.js';
import { DataKeys } from './core/keys.js';
import { LogFeed } from './core/log-feed.js';
import { LocalMasterKeys, type MasterKeys } from './core/master-keys.js';
import { VaultTransit } from './core/vault-transit.js';
import { Logger } from './core/logger.js';
import { holdToLookupSecret } from './core/lookup-secret.js';
import { connectMongo, masked } from './core/mongo-client.js';
import { askingTheLeader } from './core/store-urls.js';
import { Secrets } from './core/secrets.js';
import { launch, type Embedded } from './embedded/launch.js';
import { Captcha } from './session/captcha.js';
import { Recaptcha } from './session/recaptcha.js';
import { Limits } from './session/limits.js';
import { OwnWrites } from './session/own-writes.js';
import { Sessions } from './session/sessions.js';
import { StaffTokens } from './staff/staff-tokens.js';
import { Health } from './telemetry/health.js';

/** Where the stores are, for their clients. */
export interface Stores {
  events: string;
  mongo: string;
  mail: string;
  /** The page of the stand-in that mail goes to. */
  mailbox?: string;
  /** This process holds the only ones there are: nobody else can hold a lease. */
  alone: boolean;
}

/** Everything that outlives a request: the stores' clients and what is built on them. */
export interface Platform {
  config: Config;
  clock: Clock;
  logger: Logger;
  secrets: Secrets;
  councils: Councils;
  events: EventStoreDBClient;
  /** Read models: can be dropped at any time. */
  views: Db;
  /** Keys, sessions, checkpoints of effects, mail ledger: the only database that cannot be rebuilt. */
  vault: Db;
  keys: DataKeys;
  log: EventLog;
  /** What happens, for whoever follows the log in this process. */
  feed: LogFeed;
  handling: CommandHandling;
  files: FileStore;
  scanner: Scanner;
  signedUrls: SignedUrls;
  mails: MailLedger;
  /** What followers could not handle, and what operators ask of them. */
  parked: Parked;
  controls: Controls;
  captcha: Captcha;
  limits: Limits;
  sessions: Sessions;
  ownWrites: OwnWrites;
  staffTokens: StaffTokens;
  health: Health;
  /** Where things are, for people. */
  places: { events: string; views: string; mail: string; mailbox?: string };
  stores: Stores;
  close(): Promise<void>;
}

export interface Opening {
  /** The stores, where they are running already. */
  running?: Stores;
  /** For a process that answers people: commands append on a thread of their own, and calls to MongoDB end in time. */
  answersPeople?: boolean;
}

/** Connects to the stores, starting the stand-ins for those that no URL is given for, unless all are `running`. */
export async function openPlatform(
  config: Config,
  clock: Clock,
  { running, answersPeople = false }: Opening = {},
): Promise<Platform> {
  // Loaded where it is asked for alone: the SDK is large.
  const tracing = config.tracesTo && (await import('./telemetry/start-tracing.js')).startTracing(config.tracesTo);
  mkdirSync(config.dataDir, { recursive: true });
  const started: Embedded[] = [];
  const embed = async (name: Parameters<typeof launch>[0]) => {
    const embedded = await launch(name, join(config.dataDir, name));
    started.push(embedded);
    return embedded;
  };
  // They start, on threads of their own, while the councils are read: either takes most of a second.
  const opened = running ? Promise.resolve(running) : openStores(config, embed);
  // What went wrong with them is met below.
  void opened.catch(() => undefined);
  try {
    // Who fails here says so before any store is waited for.
    const councils = Councils.load(config.councilsDir);
    const staffTokens = await StaffTokens.open(config, councils, () => clock.now());
    const stores = await opened;
    const { mongo, mail, mailbox } = stores;
    const events = askingTheLeader(stores.events);
    const places = { events: masked(stores.events), views: masked(mongo), mail: masked(mail), mailbox };
    if (started.length > 0) writeFileSync(join(config.dataDir, 'embedded.json'), JSON.stringify(places, null, 2));
    const mongoClient = await connectMongo(mongo, { peopleWait: answersPeople });
    const client = EventStoreDBClient.connectionString(events);
    const logger = new Logger(config.logLevel);
    const report = (error: unknown) => logger.error('the appending thread broke down, will be replaced', { error });
    const aside = answersPeople ? new AppendingThread(events, report) : undefined;
    return await build(config, clock, councils, client, mongoClient, {
      append: aside?.append,
      logger,
      places,
      staffTokens,
      stores,
      stop: async () => {
        await aside?.stop();
        await Promise.all([stopAll(started), tracing && tracing()]);
      },
    });
  } catch (error) {
    // Those that are starting still can be stopped once they are up.
    await opened.catch(() => undefined);
    await stopAll(started);
    throw error;
  }
}

async function openStores(
  { eventStoreUrl, mongoUrl, smtpUrl }: Config,
  embed: (name: Parameters<typeof launch>[0]) => Promise<Embedded>,
): Promise<Stores> {
  const [events, mongo, mail] = await Promise.all([
    eventStoreUrl ?? embed('event-store').then(({ port }) => `esdb://127.0.0.1:${port}?tls=false`),
    mongoUrl ?? embed('mongo').then(({ port }) => `mongodb://127.0.0.1:${port}/?directConnection=true`),
    smtpUrl ? { mail: smtpUrl } : embed('smtp').then(mailOf),
  ]);
  return { events, mongo, ...mail, alone: !eventStoreUrl && !mongoUrl };
}

function mailOf({ port, httpPort }: Embedded) {
  return { mail: `smtp://127.0.0.1:${port}`, mailbox: `http://127.0.0.1:${httpPort}` };
}

async function build(
  config: Config,
  clock: Clock,
  councils: Councils,
  events: EventStoreDBClient,
  mongo: MongoClient,
  {
    append,
    stop,
    ...rest
  }: Pick<Platform, 'logger' | 'places' | 'staffTokens' | 'stores'> & {
    append?: Append;
    stop: () => Promise<void>;
  },
): Promise<Platform> {
  const { views, vault } = databasesOf(mongo);
  const { appSecret, otherAppSecrets: accepted, lookupSecret: lookup } = config;
  const secrets = new Secrets(appSecret, { accepted, lookup });
  await holdToLookupSecret(vault, secrets);
  const limits = new Limits(vault, clock, secrets, config.limits);
  const keys = new DataKeys(vault, await masterKeys(config), rest.logger);
  await keys.check();
  const log = new EventLog(events, keys, { append });
  const feed = new LogFeed(events, followedKinds);
  const handling = new CommandHandling(log, clock, secrets);
  const sessions = new Sessions(vault, clock, accountStanding(handling));
  const mails = new MailLedger(vault, clock);
  const parked = new Parked(vault);
  const ownWrites = new OwnWrites(views, [savedForms, submittedForms, inbox], !rest.stores.alone);
  const captcha = new Captcha(vault, secrets, clock, config.recaptcha && new Recaptcha(config.recaptcha));
  await createIndexes(config, clock, secrets, rest.stores);
  const files = config.files
    ? new S3FileStore(config.files, keys, secrets)
    : new FolderFileStore(join(config.dataDir, 'files'), keys, secrets);
  const scanner = config.clamdUrl ? new ClamdScanner(config.clamdUrl) : new NoScanner();
  return {
    config,
    clock,
    secrets,
    councils,
    events,
    views,
    vault,
    keys,
    log,
    feed,
    handling,
    files,
    scanner,
    health: new Health({ log, vault, files, scanner, config, clock, stores: rest.stores }),
    signedUrls: new SignedUrls(secrets, config.publicUrl, clock),
    mails,
    parked,
    controls: new Controls(vault, clock),
    captcha,
    limits,
    sessions,
    ownWrites,
    ...rest,
    async close() {
      await feed.close();
      await events.dispose();
      await mongo.close();
      await stop();
    },
  };
}

function databasesOf(mongo: MongoClient): { views: Db; vault: Db } {
  return { views: mongo.db('frontdoor_views'), vault: mongo.db('frontdoor_vault') };
}

/** By a client of its own: after an upgrade an index may take longer to build than a person waits for a call. */
async function createIndexes(config: Config, clock: Clock, secrets: Secrets, stores: Stores): Promise<void> {
  const mongo = await connectMongo(stores.mongo);
  const { views, vault } = databasesOf(mongo);
  try {
    await Promise.all([
      new Captcha(vault, secrets, clock).createIndexes(),
      new Limits(vault, clock, secrets, config.limits).createIndexes(),
      // To make indexes, nobody's standing is asked for.
      new Sessions(vault, clock, () => Promise.reject(new Error('no account is at hand'))).createIndexes(),
      new MailLedger(vault, clock).createIndexes(),
      new Parked(vault).createIndexes(),
      new OwnWrites(views, [], !stores.alone).createIndexes(),
      createViewIndexes(views),
    ]);
  } finally {
    await mongo.close();
  }
}

/** What wraps data keys here: the settings' master keys, or the key service that has it. */
export async function masterKeys({ masterKey, masterKeyOthers, keyService }: Config): Promise<MasterKeys> {
  return keyService ? VaultTransit.open(keyService) : new LocalMasterKeys(masterKey!, masterKeyOthers);
}

async function stopAll(started: Embedded[]): Promise<void> {
  await Promise.all(started.map((embedded) => embedded.stop()));
}
