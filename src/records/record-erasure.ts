import { accountDecider } from '../account/account.decider.js';
import { emailReservationDecider, emailStream } from '../account/email-reservation.js';
import type { Clock } from '../core/clock.js';
import type { Actor } from '../core/decider.js';
import type { CommandHandling, CommandRequest } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { concernsOneKey, type DataKeys } from '../core/keys.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import { referralDecider } from '../referral/referral.decider.js';

/**
 * Records the erasure, which an older log does not have; does nothing where the log holds it. An account's address can be
 * released only while its key is there.
 */
export async function recordErasure(
  { handling, secrets }: { handling: CommandHandling; secrets: Secrets },
  stream: string,
  actor: Actor,
  reason: string,
): Promise<void> {
  const request = (council: string, what: string): CommandRequest => {
    const commandId = derivedId(stream, what, actor.id);
    return { commandId, said: {}, council, actor, correlationId: commandId };
  };
  if (stream.startsWith('account-')) {
    const { council, email, status } = (await handling.state(accountDecider, stream, true)).state;
    if (status === 'none') return;
    // Without the key nobody can tell whose address it was: it stays reserved.
    if (email) {
      const release = { type: 'ReleaseEmail', accountId: stream.slice('account-'.length) } as const;
      const reservation = emailStream(secrets, council, email);
      await handling.handle(emailReservationDecider, reservation, release, request(council, 'release'));
    }
    await handling.handle(accountDecider, stream, { type: 'EraseAccount', council, reason }, request(council, 'erase'));
    return;
  }
  const { council, submission, status } = (await handling.state(referralDecider, stream, true)).state;
  if (status === 'none') return;
  const command = submission ? ({ type: 'EraseAgain', council, reason } as const) : ({ type: 'EndDraft' } as const);
  await handling.handle(referralDecider, stream, command, request(council, 'erase'));
}

/**
 * Gives up a data key that no backup holds: it counts as destroyed from now on, and the erasure is recorded, so that what
 * waits for the key goes on. Throws NOT_ALLOWED_NOW where the key can be used.
 */
export async function giveUpKey(
  tools: { handling: CommandHandling; secrets: Secrets; keys: DataKeys; clock: Clock },
  stream: string,
  actor: Actor,
): Promise<void> {
  const key = await tools.keys.find(stream).catch((error: unknown) => {
    if (!concernsOneKey(error)) throw error;
    return undefined;
  });
  if (key) throw new DomainError('NOT_ALLOWED_NOW', 'This key can be used: nothing is lost.', 'stream');
  await tools.keys.destroy(stream, tools.clock.now());
  await recordErasure(tools, stream, actor, 'The data key was lost: nothing personal could be read any more.');
}
