import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { accountDecider } from '../../../account/account.decider.js';
import { accountStream } from '../../../account/account.events.js';
import { AccountLimits } from '../../../account/account-limits.js';
import { addressKey } from '../../../account/address-key.js';
import { emailReservationDecider, emailStream } from '../../../account/email-reservation.js';
import type { Council } from '../../../council/council.js';
import type { Platform } from '../../../platform.js';
import { eraseAccount } from '../../../records/erase-account.js';
import { atTerminal, councilOf } from '../../audit/reading.js';
import { answer, confirm } from '../output.js';
import { onRunning } from '../running.js';

interface Options {
  council?: string;
}

/** People's accounts, named by their address: what keeps somebody out, and closing one. No name or address is printed. */
export function accountsCommands(program: Command): void {
  const group = program.command('accounts').description("referrers' accounts, each named by its email address");
  group
    .command('show <email>')
    .description('whether there is such an account, its state, sessions, and what holds a log-in back')
    .option('--council <id>', 'whose account')
    .action(async (email: string, { council }: Options, command: Command) => {
      const shown = await onRunning((platform) => show(platform, councilOf(platform, council), email));
      answer(command, shown, shownText(shown));
    });
  group
    .command('unlock <email>')
    .description('forgets wrong passwords and asked-for codes of an address, so that its owner can log in at once')
    .option('--council <id>', 'whose account')
    .addHelpText('after', LIMITS)
    .action(async (email: string, { council }: Options, command: Command) => {
      const released = await onRunning((platform) => unlock(platform, councilOf(platform, council), email));
      const lines = released.map(({ limit }) => `released: ${limit}`);
      answer(command, { released }, lines.join('\n') || 'Nothing held it back; all that was counted is forgotten.');
    });
  group
    .command('close <email>')
    .description('closes an account for good, as a records officer does: its data and saved forms go, referrals stay')
    .option('--council <id>', 'whose account')
    .requiredOption('--reason <text>', 'why: it is recorded, and stays readable; name nobody in it')
    .action(async (email: string, { council, reason }: Options & { reason: string }, command: Command) => {
      await confirm(command, 'The account, its saved forms and its sessions end; this cannot be taken back.');
      const closed = await onRunning((platform) => close(platform, councilOf(platform, council), email, reason));
      answer(command, { closed }, `account ${closed} is closed and erased; its address is free again`);
    });
}

async function show(platform: Platform, council: Council, email: string) {
  const { handling, sessions } = platform;
  const { limits, key, accountId } = await whose(platform, council, email);
  const heldBack = await limits.heldBack(key, accountId);
  if (!accountId) return { council: council.id, account: null, heldBack };
  const { state } = await handling.state(accountDecider, accountStream(accountId), true);
  const live = await sessions.ofAccount(accountId);
  const account = {
    id: accountId,
    status: state.status,
    termsAccepted: state.termsAccepted,
    sessions: live.length,
    lastSeenAt: live[0]?.lastSeenAt ?? null,
    wrongPasswords: state.refusedAt,
  };
  return { council: council.id, account, heldBack };
}

async function unlock(platform: Platform, council: Council, email: string) {
  const { limits, key, accountId } = await whose(platform, council, email);
  const heldBack = await limits.heldBack(key, accountId);
  await limits.unlock(key, accountId);
  return heldBack;
}

function close(platform: Platform, council: Council, email: string, reason: string): Promise<string> {
  const actor = atTerminal('records_officer');
  const who = { commandId: randomUUID(), council: council.id, actor, correlationId: randomUUID() };
  return eraseAccount(platform, email, reason, platform.clock.now(), who);
}

/** What limits are counted by, and the account where there is one: an address without one can be held back, too. */
async function whose({ handling, secrets, limits }: Platform, { id }: Council, email: string) {
  const { accountId } = (await handling.state(emailReservationDecider, emailStream(secrets, id, email), true)).state;
  return { limits: new AccountLimits(limits), key: addressKey(secrets, id, email), accountId };
}

function shownText({ account, heldBack }: Awaited<ReturnType<typeof show>>): string {
  const held = heldBack.map(({ limit, until }) => `held back  ${limit}, until ${until.toISOString()}`);
  if (!account) return ['There is no such account. It may be registered and not confirmed yet.', ...held].join('\n');
  const { id, status, termsAccepted, sessions, lastSeenAt, wrongPasswords } = account;
  const latest = wrongPasswords.at(-1);
  return [
    `account    ${id}, ${status}`,
    `terms      ${termsAccepted.join(', ') || 'none accepted'}`,
    `sessions   ${sessions}${lastSeenAt ? `, used last ${lastSeenAt.toISOString()}` : ''}`,
    `passwords  ${latest ? `given wrong, the latest ${latest}` : 'none given wrong'}`,
    ...(held.length > 0 ? held : ['held back  by nothing']),
  ].join('\n');
}

const LIMITS = `
What is counted by where callers are (log-ins-from, codes-from, calls) is nobody's own; it begins anew within a quarter of
an hour. If one office is held back again and again, see LIMITS and TRUST_PROXY.`;
