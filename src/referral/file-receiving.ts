import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { ReadFile } from '../attachment/signed-urls.js';
import type { AttachmentPolicy } from '../council/council.js';
import { Councils } from '../council/councils.js';
import type { Clock } from '../core/clock.js';
import { CommandHandling } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import { StreamCommand } from '../core/stream-command.js';
import { CLOCK } from '../core/tokens.js';
import { referrerActor } from '../session/account-directory.js';
import type { AttachmentCommand } from './attachment.decider.js';
import { FileCheck } from './file-check.js';
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

/** Takes in the bytes of announced files. */
@Injectable()
export class FileReceiving {
  constructor(
    private readonly bus: CommandBus,
    private readonly handling: CommandHandling,
    private readonly councils: Councils,
    private readonly check: FileCheck,
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
   * Records the file as received and has it checked; false where that has not ended yet. Throws ATTACHMENT_REFUSED where
   * the check finds something. The same bytes again lead to the same end: a check that was cut short is taken up again.
   */
  async receive({ referralId, file: { id: attachmentId }, state }: ExpectedFile, bytes: Buffer): Promise<boolean> {
    const { accountId, council } = state;
    const byteSize = bytes.length;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const now = this.clock.now().toISOString();
    const command: AttachmentCommand = { type: 'ReceiveAttachment', accountId, attachmentId, byteSize, sha256, now };
    const commandId = derivedId(attachmentId, command.type, sha256);
    const actor = referrerActor(accountId, state.referrer);
    const request = { commandId, said: [sha256], council, actor, correlationId: attachmentId };
    const outcome = await this.bus.execute(
      new StreamCommand(referralDecider, referralStream(referralId), command, request),
    );
    const file = findFile(outcome.state, attachmentId);
    if (!file) throw noFile();
    if (file.status === 'REJECTED') throw refused(file.problem);
    if (file.status === 'AVAILABLE') return true;
    const end = await this.check.received(referralId, outcome.state, file, bytes);
    if (end.status === 'REJECTED') throw refused(end.problem);
    if (end.status === 'GONE') throw noFile();
    return end.status === 'AVAILABLE';
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
