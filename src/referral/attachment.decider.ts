import { DomainError } from '../core/problem.js';
import { ownDraft } from './draft.decider.js';
import type { ReferralEvent } from './referral.events.js';
import type { DraftAttachment, ReferralState } from './referral.state.js';

/** What happens to the files of a saved form. What may be attached, the resolver asks the council's policy. */
export type AttachmentCommand =
  | {
      type: 'AnnounceAttachment';
      accountId: string;
      attachmentId: string;
      fileName: string;
      mediaType: string;
      byteSize: number;
      maxCount: number;
      now: string;
    }
  | {
      type: 'ReceiveAttachment';
      accountId: string;
      attachmentId: string;
      byteSize: number;
      sha256: string;
      now: string;
    }
  | { type: 'ClearAttachment'; attachmentId: string }
  | { type: 'RefuseAttachment'; attachmentId: string; problem: string }
  | { type: 'RemoveAttachment'; accountId: string; attachmentId: string; now: string };

export function decideAttachment(command: AttachmentCommand, state: ReferralState): ReferralEvent[] {
  const { attachmentId } = command;
  switch (command.type) {
    case 'AnnounceAttachment': {
      const { attachments } = ownDraft(command, state);
      if (attachments.some(({ id }) => id === attachmentId)) return [];
      if (attachments.length >= command.maxCount) {
        const message = `A form takes at most ${command.maxCount} files. Remove one before you add another.`;
        throw new DomainError('ATTACHMENT_REFUSED', message, 'savedFormId');
      }
      const { fileName, mediaType, byteSize } = command;
      return [{ type: 'AttachmentAnnounced', data: { attachmentId, fileName, mediaType, byteSize } }];
    }
    case 'ReceiveAttachment': {
      const { status } = find(ownDraft(command, state).attachments, attachmentId);
      if (status !== 'AWAITING_UPLOAD') {
        throw new DomainError('NOT_ALLOWED_NOW', 'This file was uploaded already. Remove it to upload another.');
      }
      const { byteSize, sha256 } = command;
      return [{ type: 'AttachmentReceived', data: { attachmentId, byteSize, sha256 } }];
    }
    // The check may end after its file or form is gone: then there is nothing to say about it any more.
    case 'ClearAttachment':
      return isChecking(state, attachmentId) ? [{ type: 'AttachmentCleared', data: { attachmentId } }] : [];
    case 'RefuseAttachment': {
      const { problem } = command;
      return isChecking(state, attachmentId) ? [{ type: 'AttachmentRefused', data: { attachmentId, problem } }] : [];
    }
    case 'RemoveAttachment':
      find(ownDraft(command, state).attachments, attachmentId);
      return [{ type: 'AttachmentRemoved', data: { attachmentId } }];
  }
}

function isChecking({ draft }: ReferralState, attachmentId: string): boolean {
  return draft?.attachments.some(({ id, status }) => id === attachmentId && status === 'CHECKING') ?? false;
}

function find(attachments: DraftAttachment[], id: string): DraftAttachment {
  const found = attachments.find((attachment) => attachment.id === id);
  if (!found) throw new DomainError('NOT_FOUND', 'This form has no such file.', 'attachmentId');
  return found;
}
