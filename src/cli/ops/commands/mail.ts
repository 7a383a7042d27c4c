import { randomUUID } from 'node:crypto';
import { Argument, type Command } from 'commander';
import { mailKinds, type MailKind } from '../../../../projections/mail/mail.js';
import { preview } from '../../../../projections/mail/preview.js';
import { Councils } from '../../../council/councils.js';
import type { Platform } from '../../../platform.js';
import { answer, confirm } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning, ownConfig } from '../running.js';

/** Failed mails that are listed, and sent again at once. */
const MOST = 500;

/** Mail: how it would look, how it goes, and sending again what has failed. */
export function mailCommands(program: Command): void {
  const group = program.command('mail').description('what goes out by mail');
  group
    .command('preview')
    .description('prints a mail in the words of a council, with made-up particulars; nothing is sent')
    .addArgument(new Argument('<kind>').choices(mailKinds))
    .argument('<council>')
    .option('--html', 'the HTML part in place of the text', false)
    .action((kind: MailKind, councilId: string, { html: asHtml }: { html: boolean }, command: Command) => {
      const councils = Councils.load(ownConfig().councilsDir);
      const council = councils.byId(councilId);
      const names = councils.all().map(({ id }) => id);
      if (!council) throw new Refused(`There is no council ${councilId}. There are: ${names.join(', ')}.`);
      const { subject, text, html } = preview(kind, council);
      const { fromName, fromAddress, replyTo = null } = council.mail;
      const headers = [
        `From: ${fromName} <${fromAddress}>`,
        ...(replyTo ? [`Reply-To: ${replyTo}`] : []),
        `Subject: ${subject}`,
      ];
      const shown = asHtml ? html : `${headers.join('\n')}\n\n${text}`;
      answer(command, { from: { name: fromName, address: fromAddress }, replyTo, subject, text, html }, shown);
    });
  group
    .command('status')
    .description('how many mails wait, were sent, and have failed; the failed ones by id')
    .action(async (_options: object, command: Command) => {
      const status = await onRunning(async ({ mails }) => ({
        ...(await mails.counts()),
        failures: (await mails.failed(MOST)).map(({ id, kind, council, queuedAt, problem }) => {
          return { id, kind, council, queuedAt, problem };
        }),
      }));
      const { queued, sent, failed, failures } = status;
      const lines = failures.map(
        ({ id, kind, council, queuedAt, problem }) =>
          `  ${id}  ${council} ${kind} of ${queuedAt.toISOString()}: ${problem}`,
      );
      answer(command, status, [`${queued} waiting, ${sent} sent, ${failed} failed`, ...lines].join('\n'));
    });
  group
    .command('resend [id]')
    .description('sends a mail again, or all that have failed')
    .option('--failed', 'all that have failed, 500 at a time', false)
    .action(async (id: string | undefined, { failed }: { failed: boolean }, command: Command) => {
      if ((id === undefined) === !failed) throw new Refused('Name one mail by its id, or say --failed.');
      if (failed) await confirm(command, 'Every mail that has failed will be sent again.');
      const resent = await onRunning((platform) => resend(platform, id));
      answer(command, { resent }, `${resent} will be sent again`);
    });
}

async function resend({ mails }: Platform, id: string | undefined): Promise<number> {
  const ids = id === undefined ? (await mails.failed(MOST)).map((mail) => mail.id) : [id];
  for (const one of ids) {
    if (!(await mails.requeue(one, randomUUID()))) throw new Refused(`There is no mail ${one}.`);
  }
  return ids.length;
}
