import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { Option, type Command } from 'commander';
import { accountKind, accountStream } from '../../../account/account.events.js';
import { evidenceOf } from '../../../audit/evidence.js';
import { findAccount, findReferral } from '../../../audit/find.js';
import { historyPdf } from '../../../audit/history-pdf.js';
import { historyOf, wholeHistory, type History, type HistoryFilter, type HistoryPage } from '../../../audit/history.js';
import { openRoots } from '../../../audit/roots/open.js';
import type { Council } from '../../../council/council.js';
import type { DomainEvent, StreamKind } from '../../../core/decider.js';
import type { Platform } from '../../../platform.js';
import { accessStream, accountAccessStream } from '../../../referral/access-record.js';
import { accessKind, referralKind, referralStream } from '../../../referral/referral.events.js';
import { onRunning } from '../../ops/running.js';
import { Refused } from '../../ops/refused.js';
import { answer } from '../../ops/output.js';
import { atTerminal, councilOf, recordTerminalRead } from '../reading.js';

interface Options extends HistoryFilter, HistoryPage {
  reason: string;
  council?: string;
  pdf?: string;
}

interface Found<E extends DomainEvent> {
  title: string;
  council: Council;
  kind: StreamKind<E>;
  stream: string;
}

/** What happened, and who read it. Every one of these reads is itself recorded, with its reason. */
export function historyCommands(program: Command): void {
  reading(
    program,
    'history <reference>',
    'every fact of a referral, its data opened',
    async (platform, typed, options) => {
      const { id, council, reference } = await referral(platform, typed, 'history', options);
      return { title: `History of ${reference}`, council, kind: referralKind, stream: referralStream(id) };
    },
  );
  reading(
    program,
    'account <email>',
    'every fact of an account; an erased one is found by its id',
    async (platform, typed, options) => {
      const { id, council } = await account(platform, typed, 'account', options);
      return { title: `History of account ${id}`, council, kind: accountKind, stream: accountStream(id) };
    },
  );
  reading(
    program,
    'reads <reference|email>',
    'who read a referral or an account, and why',
    async (platform, typed, options) => {
      if (typed.includes('@')) {
        const { id, council } = await account(platform, typed, 'reads', options);
        return { title: `Reads of account ${id}`, council, kind: accessKind, stream: accountAccessStream(id) };
      }
      const { id, council, reference } = await referral(platform, typed, 'reads', options);
      return { title: `Reads of ${reference}`, council, kind: accessKind, stream: accessStream(id) };
    },
  );
  program
    .command('export <reference> <file>')
    .description('one history as it is stored, sealed, with its proof: deploy/verify-history.mjs verifies it anywhere')
    .requiredOption('--reason <text>', 'why: it is recorded')
    .action(async (typed: string, file: string, options: Options, command: Command) => {
      const lines = await onRunning(async (platform) => {
        const { id } = await referral(platform, typed, 'export', options);
        return evidenceOf(platform.log, referralStream(id), openRoots(platform).place);
      });
      writeFileSync(file, lines.join('\n').concat('\n'), { mode: 0o600 });
      const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
      answer(command, { file, sha256 }, `${file}: ${lines.length} lines, SHA-256 ${sha256}`);
    });
}

type Find = (platform: Platform, typed: string, options: Options) => Promise<Found<never>>;

function reading(program: Command, usage: string, description: string, find: Find): void {
  program
    .command(usage)
    .description(description)
    .requiredOption('--reason <text>', 'why: it is recorded')
    .option('--council <id>', 'whose; needed for accounts where there are several councils')
    .option('--types <types...>', 'facts of these types alone')
    .option('--actor <id>', 'what this actor did')
    .addOption(new Option('--from <date>', 'from this instant on').argParser(instant))
    .addOption(new Option('--to <date>', 'before this instant').argParser(instant))
    .addOption(new Option('--first <n>', 'so many').argParser(Number))
    .addOption(new Option('--after <revision>', 'behind this revision').argParser(Number))
    .option('--pdf <file>', 'writes a PDF')
    .action(async (typed: string, options: Options, command: Command) => {
      await onRunning(async (platform) => {
        const found = await find(platform, typed, options);
        const whole = await wholeHistory(platform.log, found.kind, found.stream);
        await show(found, historyOf(whole, options, options), options, command);
      });
    });
}

async function show(found: Found<never>, history: History, options: Options, command: Command): Promise<void> {
  if (options.pdf) {
    const { name: council, timeZone } = found.council;
    const { title } = found;
    const asked = { askedAt: new Date(), askedBy: atTerminal('auditor').name, reason: options.reason };
    writeFileSync(options.pdf, await historyPdf(history, { title, council, timeZone, ...asked }), { mode: 0o600 });
  }
  const lines = command.optsWithGlobals<{ json?: boolean }>().json
    ? history.entries.map((entry) => JSON.stringify(entry))
    : [...history.entries.map(entryText), verdict(found.title, history)];
  process.stdout.write(lines.join('\n').concat('\n'));
}

function entryText({ revision, at, type, actor, data }: History['entries'][number]): string {
  const who = [actor.name, `${actor.kind} ${actor.id}`].filter(Boolean).join(', ');
  return `${String(revision).padStart(5)}  ${at}  ${type}  by ${who}\n       ${JSON.stringify(data)}`;
}

function verdict(title: string, { entries, totalEntries, verification }: History): string {
  const chain = verification.intact ? 'intact' : `BROKEN at revision ${verification.firstBrokenRevision}`;
  return `${title}: ${entries.length} of ${totalEntries} shown; ${verification.entries} facts, hash chain ${chain}`;
}

async function referral(platform: Platform, typed: string, operation: string, { reason, council }: Options) {
  const among = council === undefined ? platform.councils.all() : [councilOf(platform, council)];
  const found = await findReferral(platform, among, typed);
  const read = {
    type: 'RecordReferralRead' as const,
    referralId: found.id,
    operation: `terminal ${operation}`,
    reason,
  };
  await recordTerminalRead(platform, found.council, read);
  return found;
}

async function account(platform: Platform, typed: string, operation: string, { reason, council: named }: Options) {
  const council = councilOf(platform, named);
  const id = await findAccount(platform, council, typed);
  const read = { type: 'RecordAccountRead' as const, accountId: id, operation: `terminal ${operation}`, reason };
  await recordTerminalRead(platform, council, read);
  return { id, council };
}

function instant(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw new Refused(`${text} is no date.`);
  return date.toISOString();
}
