import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { eventsFile, FolderLog } from '../../../audit/folder-log.js';
import { recordOf, type LogRecord } from '../../../audit/log-record.js';
import { openRoots } from '../../../audit/roots/open.js';
import { FolderPlace } from '../../../audit/roots/files-place.js';
import type { RootPlace } from '../../../audit/roots/places.js';
import { readRoots, type SignedHeads } from '../../../audit/roots/read-roots.js';
import { readPublicKeys } from '../../../audit/roots/signed-root.js';
import { LogVerifier, type LogVerification } from '../../../audit/verify-log.js';
import { loadConfig } from '../../../config.js';
import type { StoredRecord } from '../../../core/event-log.js';
import { logRecords, streamRecords } from '../../../core/records.js';
import { Secrets } from '../../../core/secrets.js';
import { accessStream } from '../../../referral/access-record.js';
import { referenceStream } from '../../../referral/reference.js';
import { referralStream } from '../../../referral/referral.events.js';
import { answer, progressOf } from '../../ops/output.js';
import { Refused } from '../../ops/refused.js';
import { runningEvents } from '../running-log.js';

interface VerifyOptions {
  all?: boolean;
  since?: string;
  backup?: string;
  roots?: string;
  publicKey?: string;
}

/** So many broken places are named. */
const MOST_NAMED = 20;

/** Proof that nothing was altered, with nothing but the signed roots and the public key. */
export function verifyCommands(program: Command): void {
  program
    .command('verify [reference]')
    .description('recomputes every hash and holds the log against the signed roots')
    .option('--all', 'the whole log')
    .option('--since <date>', 'what was written since: everything before is taken as the roots of that day signed it')
    .option('--backup <dir>', 'a backup or a data folder in place of the running service')
    .option('--roots <dir>', 'the folder of signed roots, where it is not the configured one')
    .option('--public-key <file>', 'the public key in PEM; without it the one beside the roots is believed')
    .action(async (reference: string | undefined, options: VerifyOptions, command: Command) => {
      if ([reference, options.all, options.since].filter(Boolean).length !== 1) {
        throw new Refused('Say what to verify: a reference, --all, or --since DATE.');
      }
      await verify(reference, options, command);
    });
  program
    .command('public-key')
    .description('prints the public key of the signed roots: give it to whoever is to verify them')
    .action(() => {
      const { signer } = configuredRoots();
      process.stdout.write(signer.publicKey);
    });
}

async function verify(reference: string | undefined, options: VerifyOptions, command: Command): Promise<void> {
  const say = progressOf(command);
  const place: RootPlace = options.roots ? new FolderPlace(resolve(options.roots)) : configuredRoots().place;
  const pem = options.publicKey ? readFileSync(options.publicKey, 'utf8') : await place.publicKeys();
  const keys = readPublicKeys(pem);
  const roots = await readRoots(place, keys);
  const from = options.since ? await readRoots(place, keys, dateOf(options.since)) : undefined;
  say(`${roots.roots} signed roots, the newest of ${roots.newest ?? 'never'}, ${roots.heads.size} streams in them`);
  if (!options.publicKey) say('the public key beside the roots is believed: name your own with --public-key');

  const log = options.backup ? folderSource(options.backup) : liveSource();
  const started = performance.now();
  let found: LogVerification;
  try {
    const names = reference === undefined ? undefined : await streamsOf(log, reference);
    const verifier = new LogVerifier(names ? only(roots, names) : roots, from);
    let read = 0;
    for await (const record of names ? log.streams(names) : log.all(from?.position ?? 0n)) {
      verifier.take(record);
      read += 1;
      if (read % 50_000 === 0) say(`  ${read} events, ${rate(read, started)} a second`);
    }
    found = verifier.end();
  } finally {
    await log.close();
  }
  const result = {
    ...found,
    roots: roots.roots,
    newestRoot: roots.newest,
    rootProblems: roots.problems,
    eventsPerSecond: rate(found.events, started),
  };
  answer(command, result, verdict(result));
  if (!found.intact || roots.problems.length > 0) process.exitCode = 1;
}

type Result = LogVerification & { roots: number; rootProblems: string[]; eventsPerSecond: number };

function verdict({ events, streams, headsMatched, broken, rootProblems, roots, eventsPerSecond }: Result): string {
  const counted = `${events} events in ${streams} streams at ${eventsPerSecond} a second; ${headsMatched} signed heads of ${roots} roots`;
  if (broken.length === 0 && rootProblems.length === 0) {
    return `intact: ${counted}${roots === 0 ? '. No root was signed yet: what was cut off at an end would not show' : ''}`;
  }
  const named = broken
    .slice(0, MOST_NAMED)
    .map(({ stream, revision, what }) => `  ${stream} at revision ${revision}: ${what}`);
  const more = broken.length > MOST_NAMED ? [`  … and ${broken.length - MOST_NAMED} more streams`] : [];
  return [`BROKEN: ${counted}`, ...rootProblems.map((problem) => `  roots: ${problem}`), ...named, ...more].join('\n');
}

interface Source {
  all(from: bigint): AsyncIterable<LogRecord> | Iterable<LogRecord>;
  streams(names: readonly string[]): AsyncIterable<LogRecord>;
  close(): Promise<void>;
}

function folderSource(folder: string): Source {
  const file = eventsFile(resolve(folder));
  if (!file) throw new Refused(`${resolve(folder)} holds no events of the embedded store.`);
  const log = new FolderLog(file);
  return {
    all: (from) => log.records(from),
    async *streams(names) {
      for (const name of names) yield* log.stream(name);
    },
    close: async () => log.close(),
  };
}

function liveSource(): Source {
  const client = runningEvents();
  return {
    all: (from) => asStored(logRecords(client, from)),
    async *streams(names) {
      for (const name of names) yield* asStored(streamRecords(client, name));
    },
    close: () => client.dispose(),
  };
}

async function* asStored(records: AsyncIterable<StoredRecord>): AsyncGenerator<LogRecord> {
  for await (const record of records) yield recordOf(record);
}

/** The streams of a reference: its reservation, the referral and who read it. Any other text names a stream itself. */
async function streamsOf(log: Source, typed: string): Promise<string[]> {
  const reservation = referenceStream(typed.trim().toUpperCase());
  let id: string | undefined;
  for await (const { data } of log.streams([reservation]))
    id ??= (JSON.parse(data) as { referralId?: string }).referralId;
  return id ? [reservation, referralStream(id), accessStream(id)] : [typed];
}

function only(roots: SignedHeads, names: readonly string[]): SignedHeads {
  const heads = new Map([...roots.heads].filter(([stream]) => names.includes(stream)));
  return { ...roots, heads };
}

function configuredRoots() {
  const config = loadConfig(process.env);
  return openRoots({ config, secrets: new Secrets(config.appSecret, { lookup: config.lookupSecret }) });
}

function dateOf(text: string): Date {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Refused(`--since is a date, not ${text}.`);
  return date;
}

function rate(events: number, started: number): number {
  return Math.round(events / ((performance.now() - started) / 1_000));
}
