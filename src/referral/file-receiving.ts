import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { FileStore } from '../attachment/file-store.js';
import { inspectFile } from '../attachment/inspect-file.js';
import type { ReadFile } from '../attachment/signed-urls.js';
import type { AttachmentPolicy } from '../council/council.js';
import { Councils } from '../council/councils.js';
import type { Clock } from '../core/clock.js';
import type { Actor } from '../core/decider.js';
import { CommandHandling } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import { StreamCommand } from '../core/stream-command.js';
import { CLOCK } from '../core/tokens.js';
import { referrerActor } from '../session/account-directory.js';
import type { AttachmentCommand } from './attachment.decider.js';
import { referralDecider } from './referral.decider.js';
import { referralStream } from './referral.events.js';
import type { DraftAttachment, ReferralState } from './referral.state.js';

/** A file that was announced and is on its way. */
export interface ExpectedFile {
  referralId: string;
  file: DraftAttachment;
  policy: AttachmentPolicy;
  state: ReferralState;
}

const CHECK: Actor = { kind: 'system', id: 'file-check', name: '' };

/** Takes in the bytes of announced files. What is refused is never written anywhere. */
@Injectable()
export class FileReceiving {
  constructor(
    private readonly bus: CommandBus,
    private readonly handling: CommandHandling,
    private readonly councils: Councils,
    private readonly files: FileStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The announced file that an upload URL stands for; NOT_FOUND where it was removed, or belongs to somebody else. */
  async expected({ referralId, ...signed }: ReadFile): Promise<ExpectedFile> {
    const { state } = await this.handling.state(referralDecider, referralStream(referralId), true);
    const policy = this.councils.byId(state.council)?.attachmentPolicy;
    const file = signed.kind === 'upload' ? findFile(state, signed.attachmentId) : undefined;
    if (!file || !policy || !signed.isFor(state.accountId)) throw noFile();
    return { referralId, file, policy, state };
  }

  /**
   * Records the file as received, checks it, keeps it and records the outcome. Throws ATTACHMENT_REFUSED where the check
   * finds something. The same bytes again lead to the same end: a check that was cut short is taken up again.
   */
  async receive(
    { referralId, file: { id: attachmentId, fileName, mediaType }, policy, state }: ExpectedFile,
    bytes: Buffer,
  ) {
    const { accountId } = state;
    const owner = referralStream(referralId);
    const byteSize = bytes.length;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const now = this.clock.now().toISOString();
    const run = (command: AttachmentCommand, about: string[], actor: Actor) => {
      const commandId = derivedId(attachmentId, command.type, ...about);
      const request = { commandId, said: about, council: state.council, actor, correlationId: attachmentId };
      return this.bus.execute(new StreamCommand(referralDecider, owner, command, request));
    };

    const received: AttachmentCommand = { type: 'ReceiveAttachment', accountId, attachmentId, byteSize, sha256, now };
    const outcome = await run(received, [sha256], referrerActor(accountId, state.referrer));
    const file = findFile(outcome.state, attachmentId);
    if (!file) throw noFile();
    if (file.status === 'REJECTED') throw refused(file.problem);
    if (file.status === 'AVAILABLE') return;

    const inspection = await inspectFile(bytes, { fileName, mediaType }, policy);
    if (!inspection.ok) {
      const { problem } = inspection;
      await run({ type: 'RefuseAttachment', attachmentId, problem }, [], CHECK);
      throw refused(problem);
    }
    await this.files.put(owner, attachmentId, bytes);
    const { state: after } = await run({ type: 'ClearAttachment', attachmentId }, [], CHECK);
    const sent = after.submission?.attachments.some(({ id }) => id === attachmentId);
    // Removed while it was being checked: nothing else would ever delete it.
    if (!findFile(after, attachmentId) && !sent) {
      await this.files.delete(owner, attachmentId);
      throw noFile();
    }
  }
}

function findFile({ draft }: ReferralState, attachmentId: string): DraftAttachment | undefined {
  return draft?.attachments.find(({ id }) => id === attachmentId);
}

function noFile(): DomainError {
  return new DomainError(
    'NOT_FOUND',
    'This form does not expect a file here. Open the form again and attach the file anew.',
  );
}

function refused(problem: string | null): DomainError {
  return new DomainError('ATTACHMENT_REFUSED', problem ?? 'The file was refused.');
}
