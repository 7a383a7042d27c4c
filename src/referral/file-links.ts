import { Injectable } from '@nestjs/common';
import { SignedUrls } from '../attachment/signed-urls.js';
import type { RequestContext } from '../session/request-context.js';
import type { AttachedFile } from './referral.events.js';
import type { DraftAttachment } from './referral.state.js';

/** The contract's Attachments and pdfUrl: with links that are signed for whoever asks, and end in minutes. */
@Injectable()
export class FileLinks {
  constructor(private readonly urls: SignedUrls) {}

  /** A file of a saved form, or of a version as it was sent: those were all checked. */
  attachment({ viewer }: RequestContext, referralId: string, file: DraftAttachment | AttachedFile) {
    const { status, problem } = 'status' in file ? file : { status: 'AVAILABLE' as const, problem: null };
    const link = () => this.urls.make({ kind: 'download', referralId, attachmentId: file.id }, viewer.id).url;
    const { id, fileName, mediaType, byteSize, sha256 } = file;
    const downloadUrl = status === 'AVAILABLE' ? link() : null;
    return { id, fileName, mediaType, byteSize, sha256, status, problem, downloadUrl };
  }

  pdf({ viewer }: RequestContext, referralId: string, version: number): string {
    return this.urls.make({ kind: 'pdf', referralId, version }, viewer.id).url;
  }

  upload(
    { referrer }: RequestContext,
    referralId: string,
    attachmentId: string,
  ): { uploadUrl: string; expiresAt: string } {
    const { url, expiresAt } = this.urls.make({ kind: 'upload', referralId, attachmentId }, referrer.id);
    return { uploadUrl: url, expiresAt: expiresAt.toISOString() };
  }
}
