import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { accountStream } from '../../account/account.events.js';
import type { Council } from '../../council/council.js';
import type { Actor } from '../../core/decider.js';
import type { EventLog } from '../../core/event-log.js';
import { DomainError } from '../../core/problem.js';
import type { Platform } from '../../platform.js';
import { recordRead, type RecordRead } from '../../referral/access-record.js';
import { Refused } from '../ops/refused.js';

/** Whoever sits at the terminal, as the operating system knows them. */
export function atTerminal(kind: 'auditor' | 'records_officer'): Actor {
  const { username } = userInfo();
  return { kind, id: `terminal:${username}`, name: username };
}

/** Writes down that somebody at a terminal reads, and why, before anything is shown. */
export async function recordTerminalRead(
  { handling, log }: Platform,
  council: Council,
  command: RecordRead,
  actor = atTerminal('auditor'),
): Promise<void> {
  // An id that was mistyped is no account, and has no key that could seal the read.
  if (command.type === 'RecordAccountRead' && !(await hasEvents(log, accountStream(command.accountId)))) {
    throw new DomainError('NOT_FOUND', 'There is no such account.', 'email');
  }
  return recordRead(handling, command, { actor, council: council.id, correlationId: randomUUID() });
}

async function hasEvents(log: EventLog, stream: string): Promise<boolean> {
  for await (const _record of log.records(stream)) return true;
  return false;
}

/** The council named, or the only one there is. */
export function councilOf({ councils }: Platform, id: string | undefined): Council {
  const all = councils.all();
  const found = id === undefined ? (all.length === 1 ? all[0] : undefined) : councils.byId(id);
  if (!found) throw new Refused(`Name the council with --council: ${all.map((one) => one.id).join(', ')}.`);
  return found;
}
