import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { findAccount, findReferral } from '../../../audit/find.js';
import { heldOfAccount, heldOfReferral } from '../../../records/subject-access.js';
import { atTerminal, councilOf, recordTerminalRead } from '../../audit/reading.js';
import { answer } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning } from '../running.js';
import { SubjectAccessFolder } from '../subject-access-files.js';

interface Options {
  account?: string;
  subject?: string;
  council?: string;
  reason: string;
}

/** What somebody is entitled to who asks what is held about them. */
export function subjectAccessCommands(program: Command): void {
  program
    .command('export <dir>')
    .description('everything held about an account or a referral, into a new folder: JSON, PDFs, the files themselves')
    .option('--account <email>', 'of an account: its own data, saved forms, referrals, sessions, mails, who read it')
    .option('--subject <reference>', 'of the people in a referral')
    .option('--council <id>', 'whose account')
    .requiredOption('--reason <text>', 'why: it is recorded')
    .action(async (dir: string, options: Options, command: Command) => {
      if (Boolean(options.account) === Boolean(options.subject)) throw new Refused('Give --account or --subject.');
      const folder = resolve(dir);
      if (existsSync(folder)) throw new Refused(`${folder} exists already: name a new folder.`);
      const referrals = await exported(folder, options);
      answer(
        command,
        { folder, referrals },
        `${folder}: data.json, PDFs and files of ${referrals} forms and referrals`,
      );
    });
}

function exported(folder: string, { account, subject, council: named, reason }: Options): Promise<number> {
  const officer = atTerminal('records_officer');
  const asked = { askedAt: new Date(), askedBy: officer.name, reason };
  return onRunning(async (platform) => {
    if (subject) {
      const { id, council } = await findReferral(platform, platform.councils.all(), subject);
      const read = { type: 'RecordReferralRead' as const, referralId: id, operation: 'subject access', reason };
      await recordTerminalRead(platform, council, read, officer);
      const held = await heldOfReferral(platform, id);
      const out = new SubjectAccessFolder(folder, council, asked);
      out.json(held);
      await out.referral(platform, held);
      return 1;
    }
    const council = councilOf(platform, named);
    const accountId = await findAccount(platform, council, account!);
    const read = { type: 'RecordAccountRead' as const, accountId, operation: 'subject access', reason };
    await recordTerminalRead(platform, council, read, officer);
    const held = await heldOfAccount(platform, council, accountId);
    for (const { id } of held.referrals) {
      const also = { type: 'RecordReferralRead' as const, referralId: id, operation: 'subject access', reason };
      await recordTerminalRead(platform, council, also, officer);
    }
    const out = new SubjectAccessFolder(folder, council, asked);
    out.json(held);
    await out.history('account.pdf', `Account ${accountId}`, held.history);
    for (const referral of held.referrals) await out.referral(platform, referral);
    return held.referrals.length;
  });
}
