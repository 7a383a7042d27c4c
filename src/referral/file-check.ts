import { createHash } from 'node:crypto';
import type { FileStore } from '../attachment/file-store.js';
import { inspectFile } from '../attachment/inspect-file.js';
import { ScannerDown, type Scanner } from '../attachment/scanner.js';
import { MALWARE } from '../attachment/wording.js';
import type { Councils } from '../council/councils.js';
import type { Actor } from '../core/decider.js';
import type { CommandHandling } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import type { Logger } from '../core/logger.js';
import type { AttachmentCommand } from './attachment.decider.js';
import { referralDecider } from './referral.decider.js';
import { referralStream } from './referral.events.js';
import type { DraftAttachment, ReferralState } from './referral.state.js';

const CHECK: Actor = { kind: 'system', id: 'file-check', name: '' };
const NOT_WHOLE = 'The file did not arrive whole. Remove it, and attach it again.';

export interface FileCheckTools {
  handling: CommandHandling;
  councils: Councils;
  files: FileStore;
  scanner: Scanner;
  logger: Logger;
}

/** How a check ended; CHECKING: the scanner could not say, and will be asked again. GONE: nobody waits for it any more. */
export type CheckEnd = { status: 'AVAILABLE' | 'CHECKING' | 'GONE' } | { status: 'REJECTED'; problem: string };

/**
 * Checks a file that was received, and records what became of it. What the inspection refuses is never written; what
 * it lets pass is kept, sealed, before the scanner is asked, so that a check that is cut short can be taken up again.
 * Nothing is released before the fact that clears it. Two checks of one file come to the same end.
 */
export class FileCheck {
  constructor(private readonly tools: FileCheckTools) {}

  /** `bytes` as they arrived. */
  async received(referralId: string, state: ReferralState, file: DraftAttachment, bytes: Buffer): Promise<CheckEnd> {
    const { council } = state;
    const policy = this.tools.councils.byId(council)!.attachmentPolicy;
    const inspection = await inspectFile(bytes, file, policy);
    if (!inspection.ok) return this.refuse(referralId, council, file.id, inspection.problem);
    await this.tools.files.put(referralStream(referralId), file.id, bytes);
    return this.scan(referralId, council, file.id, bytes);
  }

  /** A file whose check did not end. Undefined where it has not been kept yet: it may still be on its way. */
  async again(referralId: string, council: string, file: DraftAttachment): Promise<CheckEnd | undefined> {
    const bytes = await this.tools.files.get(referralStream(referralId), file.id);
    if (!bytes) return undefined;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    if (sha256 !== file.sha256) return this.refuse(referralId, council, file.id, NOT_WHOLE);
    return this.scan(referralId, council, file.id, bytes);
  }

  /** A file that was received and never kept: whoever sent it went away while the process died. */
  lost(referralId: string, council: string, attachmentId: string): Promise<CheckEnd> {
    return this.refuse(referralId, council, attachmentId, NOT_WHOLE);
  }

  private async scan(referralId: string, council: string, id: string, bytes: Buffer): Promise<CheckEnd> {
    try {
      const verdict = await this.tools.scanner.scan(bytes);
      return verdict.clean
        ? await this.clear(referralId, council, id)
        : await this.refuse(referralId, council, id, MALWARE);
    } catch (error) {
      if (!(error instanceof ScannerDown)) throw error;
      this.tools.logger.error('no verdict from the malware scanner', { reason: error.message });
      return { status: 'CHECKING' };
    }
  }

  private async clear(referralId: string, council: string, attachmentId: string): Promise<CheckEnd> {
    const state = await this.record(referralId, council, { type: 'ClearAttachment', attachmentId });
    return this.ended(referralId, state, attachmentId);
  }

  private async refuse(referralId: string, council: string, attachmentId: string, problem: string): Promise<CheckEnd> {
    const state = await this.record(referralId, council, { type: 'RefuseAttachment', attachmentId, problem });
    return this.ended(referralId, state, attachmentId);
  }

  /** As the log has it, whichever check came first. What may not be read does not stay either. */
  private async ended(referralId: string, state: ReferralState, attachmentId: string): Promise<CheckEnd> {
    const file = state.draft?.attachments.find(({ id }) => id === attachmentId);
    const sent = state.submission?.attachments.some(({ id }) => id === attachmentId);
    if (file?.status === 'AVAILABLE' || (!file && sent)) return { status: 'AVAILABLE' };
    await this.tools.files.delete(referralStream(referralId), attachmentId);
    return file ? { status: 'REJECTED', problem: file.problem ?? NOT_WHOLE } : { status: 'GONE' };
  }

  private async record(referralId: string, council: string, command: AttachmentCommand): Promise<ReferralState> {
    const { attachmentId, type } = command;
    const commandId = derivedId(attachmentId, type);
    const request = { commandId, said: [], council, actor: CHECK, correlationId: attachmentId };
    return (await this.tools.handling.handle(referralDecider, referralStream(referralId), command, request)).state;
  }
}
