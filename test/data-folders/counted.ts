import { eventsFile, FolderLog } from '../../src/audit/folder-log.js';
import type { LogRecord } from '../../src/audit/log-record.js';
import { allKinds } from '../golden/golden.js';
import { terminal } from '../support/terminal.js';
import type { Expected } from './folder.js';

type Counted = Omit<Expected, 'commit' | 'at' | 'accounts' | 'referrals' | 'parked'>;

/** Every event of a DATA_DIR, straight from its file. */
export function* readLog(dataDir: string): Generator<LogRecord> {
  const file = new FolderLog(eventsFile(dataDir)!);
  yield* file.records();
  file.close();
}

/**
 * What a stopped DATA_DIR holds by its log alone. Throws where an event type is missing that this build can write, and
 * where the folder is not intact.
 */
export async function counted(dataDir: string): Promise<Counted> {
  const streams = new Map<string, LogRecord[]>();
  for (const record of readLog(dataDir)) streams.set(record.stream, [...(streams.get(record.stream) ?? []), record]);
  const types = new Set([...streams.values()].flat().map(({ type }) => type));
  const missing = (await allKinds()).flatMap(({ clear }) => Object.keys(clear)).filter((type) => !types.has(type));
  if (missing.length > 0) throw new Error(`The journeys have no ${missing.join(', ')}: add them to story.ts.`);

  /** The streams of which this holds, each as what `read` gives of it. */
  const found = <T>(category: string, holds: (has: Has) => boolean, read: (has: Has, stream: string) => T): T[] =>
    [...streams]
      .filter(([stream]) => stream.startsWith(`${category}-`))
      .map(([stream, records]): [string, Has] => [stream, (type) => records.find((record) => record.type === type)])
      .filter(([, has]) => holds(has))
      .map(([stream, has]) => read(has, stream));
  const streamOf = (_has: Has, stream: string) => stream;
  const unsent = (has: Has) => has('FormStarted') && !has('FormSubmitted') && !has('FormDiscarded');
  return {
    log: await verified(dataDir),
    erasedReferrals: found(
      'referral',
      (has) => !!has('ReferralErased') && !!has('FormSubmitted'),
      (has) => ({
        council: clear(has('ReferralErased')!.metadata, 'council'),
        reference: clear(has('FormSubmitted')!.data, 'reference'),
        cause: clear(has('ReferralErased')!.data, 'cause'),
      }),
    ),
    erasedAccounts: found(
      'account',
      (has) => !!has('AccountErased'),
      (has, stream) => ({
        council: clear(has('AccountErased')!.metadata, 'council'),
        accountId: stream.slice('account-'.length),
      }),
    ),
    expiredForms: found('referral', (has) => !!has('SavedFormExpired') && !has('FormSubmitted'), streamOf),
    savedForms: found('referral', (has) => !!unsent(has) && !has('SavedFormExpired'), streamOf),
    registrations: found(
      'account',
      (has) => !!has('RegistrationStarted') && !has('EmailConfirmed') && !has('AccountErased'),
      streamOf,
    ),
  };
}

type Has = (type: string) => LogRecord | undefined;

/** A member of an event's data or metadata that is stored in the clear. */
function clear(json: string, member: string): string {
  return String((JSON.parse(json) as Record<string, unknown>)[member]);
}

/** What an auditor's verification counts. Throws where the folder is not intact. */
async function verified(dataDir: string): Promise<Expected['log']> {
  const roots = ['--roots', `${dataDir}-audit`];
  const { code, out, said } = await terminal('audit', {}, 'verify', '--all', '--backup', dataDir, ...roots, '--json');
  if (code !== 0) throw new Error(said);
  const { events, streams, roots: signed } = JSON.parse(out) as Expected['log'];
  return { events, streams, roots: signed };
}
