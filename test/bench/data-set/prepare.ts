import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MongoClient, type Db } from 'mongodb';
import { Checkpoints, ReadModelCheckpoints } from '../../../projections/checkpoints.js';
import { createViewIndexes } from '../../../projections/followers.js';
import { inbox } from '../../../projections/inbox.js';
import { project } from '../../../projections/project.js';
import type { Projection, ViewDocument } from '../../../projections/projection.js';
import { receipts } from '../../../projections/receipts.js';
import { records } from '../../../projections/records.js';
import { registrations } from '../../../projections/registrations.js';
import { reminders } from '../../../projections/reminders.js';
import { savedForms } from '../../../projections/saved-forms.js';
import { submittedForms } from '../../../projections/submitted-forms.js';
import { progressBar } from '../../../src/cli/progress-bar.js';
import { loadConfig } from '../../../src/config.js';
import type { DomainEvent, Recorded } from '../../../src/core/decider.js';
import { EventLog, noHead, type Head } from '../../../src/core/event-log.js';
import { derivedId } from '../../../src/core/ids.js';
import { DataKeys } from '../../../src/core/keys.js';
import { MerkleTree } from '../../../src/core/merkle-tree.js';
import { projectRoot } from '../../../src/core/project-root.js';
import { masterKeys } from '../../../src/platform.js';
import { referralKind, referralStream, type ReferralEvent } from '../../../src/referral/referral.events.js';
import { startMongo } from '../../support/mongo.js';
import { BulkDb, bulkEvents } from './bulk.js';
import { AT, COUNCIL, shortReferral, wholeReferral, type Step } from './facts.js';

/** Raised by hand when what is prepared becomes another: sets of before are then made anew. */
const RECIPE = 2;
const kept = join(projectRoot, 'var/bench');
/** So many referrals are under way at once: their facts lie side by side in the log, as those of a busy day do. */
const AT_ONCE = 200;
/** Every read model there is; each has facts of its own kind, which one list of all cannot say. */
export const readModels = [
  savedForms,
  submittedForms,
  inbox,
  receipts,
  reminders,
  records,
  registrations,
] as unknown as Projection<ViewDocument, DomainEvent>[];
/** Those whose effects lie outside: they are to do nothing about what is prepared. */
const EFFECTS = ['mail', 'erasure'];

/** A data folder as `npm start` keeps it, with so many referrals of a short life and all read models of them. */
export function referrals(count: number): Promise<string> {
  return prepared(`referrals-${count}`, count, shortReferral, readModels);
}

/** A data folder with so many referrals as they usually are, nine facts each, and no read model yet. */
export function wholeReferrals(count: number): Promise<string> {
  return prepared(`whole-referrals-${count}`, count, wholeReferral, []);
}

/** Makes it unless it is there from an earlier run. */
async function prepared(
  name: string,
  count: number,
  life: (nth: number) => Step[],
  projections: typeof readModels,
): Promise<string> {
  const dataDir = join(kept, `${name}.v${RECIPE}`);
  const done = join(dataDir, 'prepared.json');
  if (existsSync(done)) return dataDir;
  for (const folder of existsSync(kept) ? readdirSync(kept) : []) {
    if (folder.startsWith(`${name}.v`)) rmSync(join(kept, folder), { recursive: true });
  }
  mkdirSync(dataDir, { recursive: true });
  process.stderr.write(`preparing ${count.toLocaleString('en-GB')} referrals in ${dataDir}\n`);
  const config = loadConfig({ DATA_DIR: dataDir, NODE_ENV: 'test' });
  const mongo = await startMongo({ dataDir: join(dataDir, 'mongo') });
  const client = await MongoClient.connect(mongo.url);
  const [live, vault] = [client.db('frontdoor_views'), client.db('frontdoor_vault')];
  await createViewIndexes(live);
  const events = await bulkEvents(join(dataDir, 'event-store'));
  const [bulkViews, bulkVault] = [new BulkDb(live), new BulkDb(vault)];
  const log = new EventLog(events.client, new DataKeys(bulkVault.asDb, await masterKeys(config)));
  const bar = progressBar(
    Math.ceil(count / AT_ONCE),
    (done) => `${Math.min(done * AT_ONCE, count)} of ${count} referrals`,
  );
  let [position, stored] = [0n, 0];
  for (let from = 0; from < count; from += AT_ONCE) {
    const lives = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, nth) => new Life(from + nth, life));
    for (let underWay = lives; underWay.length > 0; underWay = underWay.filter((one) => !one.over)) {
      const positions = await Promise.all(underWay.map((one) => one.step(log)));
      position = positions.reduce((last, at) => (at > last ? at : last), position);
    }
    const facts = lives.flatMap((one) => one.facts);
    stored += facts.length;
    for (const projection of projections) await project(projection, bulkViews.of(projection.name), facts);
    await Promise.all([bulkViews.flush(), bulkVault.flush()]);
    bar.step();
  }
  bar.end();
  await Promise.all([bulkViews.end(), bulkVault.end()]);
  await leaveOff(live, vault, position, projections);
  events.close();
  await client.close();
  await mongo.stop();
  writeFileSync(done, JSON.stringify({ events: stored, position: String(position) }));
  return dataDir;
}

/** One referral, given its commands one after the other. */
class Life {
  readonly facts: Recorded<ReferralEvent>[] = [];
  private readonly steps: Step[];
  private head: Head = noHead;

  constructor(
    private readonly nth: number,
    life: (nth: number) => Step[],
  ) {
    this.steps = life(nth);
  }

  get over(): boolean {
    return this.steps.length === 0;
  }

  /** Gives where in the log its last fact stands. */
  async step(log: EventLog): Promise<bigint> {
    const { events, by: actor } = this.steps.shift()!;
    const id = derivedId('bench referral', this.nth);
    const commandId = derivedId(id, this.facts.length);
    const context = { commandId, commandHash: commandId, council: COUNCIL, actor, correlationId: commandId, at: AT };
    const appended = await log.append(referralKind, referralStream(id), this.head, events, context);
    this.head = appended.head;
    this.facts.push(...appended.facts);
    return appended.position;
  }
}

/** Everything that follows the log has come to its end. */
async function leaveOff(live: Db, vault: Db, position: bigint, projections: typeof readModels): Promise<void> {
  for (const { name } of projections) await new ReadModelCheckpoints(live).write(name, position);
  for (const name of EFFECTS) await new Checkpoints(vault).write(name, position);
  // As though roots were first gathered now: they begin behind what is there.
  const tree = MerkleTree.empty();
  const roots = { number: 0, position: String(position), tree: tree.toJSON(), root: tree.root(), pending: null };
  await vault.collection<{ _id: string }>('audit').insertOne({ _id: 'roots', ...roots });
}
