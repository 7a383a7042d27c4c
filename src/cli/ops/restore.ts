import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { Db } from 'mongodb';
import { fitCheckpoints } from '../../../projections/move-checkpoint.js';
import { S3FileStore } from '../../attachment/s3-file-store.js';
import { FolderFileStore } from '../../attachment/file-store.js';
import { openRoots } from '../../audit/roots/open.js';
import { loadConfig, type Config } from '../../config.js';
import { systemClock } from '../../core/clock.js';
import { EventLog } from '../../core/event-log.js';
import { CommandHandling } from '../../core/handle-command.js';
import { Secrets } from '../../core/secrets.js';
import { afterRestore } from '../../records/after-restore.js';
import { masterKeys } from '../../platform.js';
import { DataKeys } from '../../core/keys.js';
import { secretFiles } from './backup.js';
import { checkDatabases } from './check.js';
import { servedStores } from './databases.js';
import { copyFile, readManifest, sync, type Manifest } from './manifest.js';
import { Refused } from './refused.js';
import { withStandIns } from './stand-ins.js';
import { verifyLog } from './verify.js';

export interface Restore {
  dataDir: string;
  source: string;
  env: Record<string, string | undefined>;
  say: (line: string) => void;
}

/** Where a restore is at work; its content moves to its place only once all of it has been checked. */
const WORKSHOP = '.restoring';

/** Puts a backup into an empty data folder, and verifies what it put there before it counts. */
export async function restore({ dataDir, source, env, say }: Restore): Promise<void> {
  const manifest = await readManifest(source);
  await checkTarget(dataDir, manifest, env);
  const workshop = join(dataDir, WORKSHOP);
  await rm(workshop, { recursive: true, force: true });
  await mkdir(workshop, { recursive: true, mode: 0o700 });
  try {
    for (const [path, hash] of Object.entries(manifest.files)) {
      const copied = await copyFile(join(source, path), join(workshop, path));
      if (copied !== hash) throw new Refused(`${join(source, path)} is damaged: it is not what was backed up.`);
    }
    say(`copied ${Object.keys(manifest.files).length} files, each as it was backed up`);
    checkDatabases(workshop, say);
    const AUDIT_ROOTS_DIR = env.AUDIT_ROOTS_DIR || `${dataDir}-audit`;
    const config = loadConfig({ ...env, AUDIT_ROOTS_DIR, DATA_DIR: manifest.withSecrets ? workshop : dataDir });
    await withStandIns(workshop, async ({ events, views, vault }) => {
      const { events: count, streams, end, broken } = await verifyLog(events);
      if (broken.length > 0) throw new Refused(`These hash chains are broken:\n  ${broken.join('\n  ')}`);
      say(`${count} events in ${streams} streams are as they were written`);
      const keys = new DataKeys(vault, await masterKeys(config));
      await checkKeys(keys);
      await eraseAgain({ config, events, vault, keys, workshop, say });
      await fitToLog(views, vault, end, say);
    });
    for (const name of await readdir(workshop)) await rename(join(workshop, name), join(dataDir, name));
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  await sync(dataDir);
  say(`restored into ${dataDir}: the state of ${manifest.begunAt}. Read models are built again at the next start.`);
}

/** What was erased since the backup was made is erased again, before anybody can read it. */
async function eraseAgain({ config, events, vault, keys, workshop, say }: EraseAgain): Promise<void> {
  const secrets = new Secrets(config.appSecret);
  const clock = systemClock;
  const files = config.files
    ? new S3FileStore(config.files, keys, secrets)
    : new FolderFileStore(join(workshop, 'files'), keys, secrets);
  const handling = new CommandHandling(new EventLog(events, keys), clock, secrets);
  const roots = openRoots({ config, secrets });
  const done = await afterRestore({ vault, keys, files, handling, secrets, clock, ...roots });
  if (done.problems.length > 0) {
    throw new Refused(`The audit roots are not as they were signed:\n  ${done.problems.join('\n  ')}`);
  }
  say(
    done.roots === 0
      ? 'WARNING: no audit roots were found (AUDIT_ROOTS_DIR, AUDIT_ROOTS_URL): what was erased since the backup is NOT erased again.'
      : `${done.erasedAgain} erasures of since the backup done again, as ${done.roots} audit roots list them`,
  );
}

interface EraseAgain {
  config: Config;
  events: EventStoreDBClient;
  vault: Db;
  keys: DataKeys;
  workshop: string;
  say: Restore['say'];
}

async function checkTarget(dataDir: string, manifest: Manifest, env: Restore['env']): Promise<void> {
  const served = existsSync(dataDir) ? servedStores(dataDir) : [];
  if (served.length > 0) throw new Refused(`A server is running on ${dataDir} (${served.join(', ')}). Stop it first.`);
  const there = existsSync(dataDir) ? await readdir(dataDir) : [];
  // The operator puts the secrets there first where the backup does not hold them.
  const allowed = [WORKSHOP, ...(manifest.withSecrets ? [] : secretFiles)];
  const others = there.filter((name) => !allowed.includes(name));
  if (others.length > 0) throw new Refused(`${dataDir} is not empty (${others.join(', ')}). Choose another DATA_DIR.`);
  const secrets = manifest.withSecrets || there.includes('secrets.json') || (env.MASTER_KEY && env.APP_SECRET);
  if (!secrets) {
    throw new Refused(
      `The backup holds no secrets, and without them nobody can read it. Put the installation's secrets.json into ` +
        `${dataDir}, or set MASTER_KEY and APP_SECRET.`,
    );
  }
}

/** Another installation's master key opens nothing: better to know now than when the first form is opened. */
async function checkKeys(keys: DataKeys): Promise<void> {
  try {
    await keys.check();
  } catch (error) {
    throw new Refused((error as Error).message, { cause: error });
  }
}

/**
 * The vault was copied after the events, so what follows the log may be further than the log now goes. Read models cannot
 * be moved back, a document never gives way to an older one: they are dropped, and built again.
 */
async function fitToLog(views: Db, vault: Db, end: bigint, say: (line: string) => void): Promise<void> {
  await views.dropDatabase();
  for (const follower of await fitCheckpoints(vault, end)) {
    say(`${follower} had come further than the backup of the log: its checkpoint is at the end now`);
  }
}
