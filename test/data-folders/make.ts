import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { Applying } from '../../projections/applying.js';
import { loadConfig } from '../../src/config.js';
import { DAY, systemClock } from '../../src/core/clock.js';
import { projectRoot } from '../../src/core/project-root.js';
import { openPlatform } from '../../src/platform.js';
import { followersOf } from '../../src/cli/ops/followers-of.js';
import { referralStream } from '../../src/referral/referral.events.js';
import { playDemo } from '../support/demo.js';
import { beside, startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import { MovableClock, startTimedFrontdoor } from '../support/timed-frontdoor.js';
import { PASSWORD, until } from '../support/people.js';
import { counted, readLog } from './counted.js';
import { foldersDir, pack, type ExpectedReferral } from './folder.js';
import { inboxRow, readHistory, readWhole } from './reads.js';
import { playTheLastDay, playThePast, startContact, type Kept } from './story.js';

/** Where an event is parked, and by which follower. */
const PARKS = { council: 'lancashire', follower: 'inbox' };

/**
 * Writes a data folder with the current build and keeps it, compressed, together with what it is known to hold: see
 * test/fixtures/data-folders/README.md.
 */
const commit = productCommit();
const folder = mkdtempSync(join(tmpdir(), 'make-data-folder-'));
const dataDir = join(folder, 'data');
const settings = { DATA_DIR: dataDir };

const past = await startTimedFrontdoor(settings, new MovableClock(Date.now() - 40 * DAY));
await playThePast(past).finally(() => past.stop());
const kept = await serving({}, playEveryCouncil);
const stream = await serving({ PROJECTIONS: 'outside' }, parkOne);
const referrals = await serving({}, async (frontdoor) => {
  console.log((await playDemo(frontdoor)).split('\n').at(-2));
  return readAll(frontdoor);
});
const end = [...readLog(dataDir)].at(-1)!.position!;
// A root is signed soon after each start: this one covers all there is.
await serving({}, () => until(async () => rootPosition() >= end));

const name = `${new Date().toISOString().slice(0, 10)}-${commit}`;
const accounts = kept.map(({ council, person: { email } }) => {
  return { council, email, password: PASSWORD, forename: 'Grace', surname: 'Okafor' };
});
const parked = { ...PARKS, reference: untouchedAt(PARKS.council), stream, before: 'SUBMITTED', after: 'IN_CONTACT' };
const at = new Date().toISOString();
const expected = JSON.stringify({ commit, at, accounts, referrals, parked, ...(await counted(dataDir)) });
await pack(folder, name);
writeFileSync(join(foldersDir, name, 'expected.json'), await format(expected, { parser: 'json', printWidth: 120 }));
console.log(`kept as ${join(foldersDir, name)}`);
process.exit(0);

/** The commit that last changed the product. Throws where the product was changed since: its name would say nothing. */
function productCommit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
  const product = ['--', 'src', 'projections', 'deploy/councils', 'package-lock.json'];
  const changed = git('status', '--porcelain', ...product);
  if (changed) throw new Error(`Commit first, so that the folder can be named after a commit:\n${changed}`);
  return git('log', '-1', '--format=%h', ...product);
}

/** Runs the product as `npm start` does for as long as `work` takes. */
async function serving<T>(more: Record<string, string>, work: (frontdoor: Frontdoor) => Promise<T>): Promise<T> {
  const frontdoor = await startFrontdoor({ ...settings, ...more });
  try {
    return await work(frontdoor);
  } finally {
    await frontdoor.stop();
  }
}

async function playEveryCouncil(frontdoor: Frontdoor): Promise<Kept[]> {
  const played: Kept[] = [];
  for (const council of ['lancashire', 'sefton', 'worcestershire'])
    played.push(await playTheLastDay(frontdoor, council));
  return played;
}

/** Starts a contact while nothing follows the log, and sets the event aside as the inbox does with one it cannot handle. */
async function parkOne(frontdoor: Frontdoor): Promise<string> {
  const reference = untouchedAt(PARKS.council);
  await startContact(await frontdoor.staff(PARKS.council, 'worker'), reference);
  const platform = await openPlatform(loadConfig({ ...beside(frontdoor), ...settings, NODE_ENV: 'test' }), systemClock);
  try {
    const follower = followersOf(platform).find(({ name: own }) => own === PARKS.follower)!;
    const fail = () => Promise.reject(new Error('This build cannot handle it.'));
    const applying = await Applying.open({ ...follower, handle: fail }, platform);
    const id = [...readLog(dataDir)].find(({ stream: own }) => own === `reference-${reference}`)!;
    const parked = referralStream((JSON.parse(id.data) as { referralId: string }).referralId);
    for await (const record of platform.log.records(parked)) {
      if (record.type === 'ContactStarted') await applying.apply([record]);
    }
    return parked;
  } finally {
    await platform.close();
  }
}

/** What the folder answers today, as it is to answer for ever. */
async function readAll(frontdoor: Frontdoor): Promise<ExpectedReferral[]> {
  const found: ExpectedReferral[] = [];
  for (const { council, references } of kept) {
    const [worker, auditor] = await Promise.all([
      frontdoor.staff(council, 'worker'),
      frontdoor.staff(council, 'auditor'),
    ]);
    for (const reference of references) {
      const { entries } = await readHistory(auditor, reference);
      const history = entries.map(({ type }) => type);
      const referral = await readWhole(worker, reference);
      found.push({ council, reference, referral, history, head: entries.at(-1)!.hash });
    }
  }
  const worker = await frontdoor.staff(PARKS.council, 'worker');
  const row = await inboxRow(worker, untouchedAt(PARKS.council));
  if (row?.status !== 'SUBMITTED') throw new Error(`The event was not parked: the inbox shows ${row?.status}.`);
  return found;
}

function untouchedAt(council: string): string {
  return kept.find((one) => one.council === council)!.untouched;
}

function roots(): string[] {
  return readdirSync(`${dataDir}-audit`)
    .filter((file) => file.startsWith('root-'))
    .sort();
}

function rootPosition(): bigint {
  const newest = readFileSync(join(`${dataDir}-audit`, roots().at(-1)!), 'utf8');
  return BigInt((JSON.parse(newest) as { position: string }).position);
}
