import { Args, Context, Mutation, Resolver } from '@nestjs/graphql';
import { FileStore } from '../attachment/file-store.js';
import { nameProblem, tooLarge } from '../attachment/inspect-file.js';
import { derivedId, isUuid } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import { AccountDirectory, referrerActor } from '../session/account-directory.js';
import type { RequestContext } from '../session/request-context.js';
import { RequestUploadInput } from './attachment.inputs.js';
import { ownDraft } from './draft.decider.js';
import { FileLinks } from './file-links.js';
import { referralStream } from './referral.events.js';
import { freshEnough, ReferralService } from './referral.service.js';
import type { ReferralState } from './referral.state.js';
import { formOf, savedFormView } from './saved-form.view.js';

/** Files of a saved form: announced here, sent to the signed URL, removed here. */
@Resolver()
export class AttachmentResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly directory: AccountDirectory,
    private readonly files: FileStore,
    private readonly links: FileLinks,
  ) {}

  @Mutation('requestUpload')
  @Access('REFERRER')
  async requestUpload(@Context() ctx: RequestContext, @Args('input') input: RequestUploadInput) {
    const { commandId, ...said } = input;
    const { savedFormId: id, fileName, mediaType, byteSize } = said;
    const state = await this.referrals.state(id);
    usableDraft(ctx, state);
    const { attachmentPolicy: policy } = ctx.council;
    if (policy.professionalsOnly && !state.referrer.professional) {
      throw new DomainError('PROFESSIONALS_ONLY', 'Only people who refer as part of their work can attach files.');
    }
    const problem = nameProblem({ fileName, mediaType }, policy);
    if (problem) throw new DomainError('ATTACHMENT_REFUSED', problem.problem, problem.field);
    if (byteSize > policy.maxBytes) throw new DomainError('ATTACHMENT_REFUSED', tooLarge(policy), 'byteSize');
    const attachmentId = derivedId(id, 'attachment', commandId.toLowerCase());
    const outcome = await this.run(ctx, id, commandId, said, {
      type: 'AnnounceAttachment',
      attachmentId,
      fileName,
      mediaType,
      byteSize,
      maxCount: policy.maxCount,
    });
    const file = usableDraft(ctx, outcome.state).attachments.find((attachment) => attachment.id === attachmentId);
    if (!file) throw new DomainError('NOT_ALLOWED_NOW', 'This file was removed. Attach it again with a new commandId.');
    return { attachment: this.links.attachment(ctx, id, file), ...this.links.upload(ctx, id, attachmentId) };
  }

  @Mutation('removeAttachment')
  @Access('REFERRER')
  async removeAttachment(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('savedFormId') id: string,
    @Args('attachmentId') attachmentId: string,
  ) {
    if (!isUuid(id)) throw new DomainError('NOT_FOUND', 'There is no such form in your account.', 'savedFormId');
    const said = { id, attachmentId };
    const { state } = await this.run(ctx, id, commandId, said, { type: 'RemoveAttachment', attachmentId });
    // What was sent in an earlier version stays part of that version; on legal hold nothing goes until it is lifted.
    const sent = state.submission?.attachments.some((file) => file.id === attachmentId);
    if (!sent && !state.held) await this.files.delete(referralStream(id), attachmentId);
    const draft = usableDraft(ctx, state);
    return savedFormView(ctx, id, { draft, savedRevision: state.savedRevision, referrer: state.referrer });
  }

  private async run(ctx: RequestContext, id: string, commandId: string, said: object, command: OwnCommand) {
    const { id: accountId } = ctx.referrer;
    const actor = referrerActor(accountId, await this.directory.acting(ctx));
    const asked = { ...command, accountId, now: ctx.now.toISOString() };
    return this.referrals.run(ctx, id, asked, commandId, said, actor);
  }
}

type OwnCommand =
  | { type: 'RemoveAttachment'; attachmentId: string }
  | {
      type: 'AnnounceAttachment';
      attachmentId: string;
      fileName: string;
      mediaType: string;
      byteSize: number;
      maxCount: number;
    };

/** The asker's own saved form; throws where it is not theirs, has ended, or asks for a fresh log-in. */
function usableDraft(ctx: RequestContext, state: ReferralState) {
  const draft = ownDraft({ accountId: ctx.referrer.id, now: ctx.now.toISOString() }, state);
  freshEnough(ctx, formOf(ctx.council, draft));
  return draft;
}
