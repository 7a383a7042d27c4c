import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { canonicalJson } from '../core/canonical-json.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import { Captcha } from '../session/captcha.js';
import type { RequestContext } from '../session/request-context.js';
import { Sessions } from '../session/sessions.js';
import { ownDraft } from './draft.decider.js';
import { FileLinks } from './file-links.js';
import { SavedFormsReader } from './saved-forms.reader.js';
import { SaveFormInput, StartFormInput } from './referral.inputs.js';
import { referralOfRequest } from './referral.events.js';
import { ReferralService, freshEnough } from './referral.service.js';
import type { ReferralState } from './referral.state.js';
import { formOf, savedFormView } from './saved-form.view.js';
import { requestView, submittedFormView, unmappedAnswers } from './submitted-form.view.js';

type SavedForm = ReturnType<typeof savedFormView>;

/** Saved forms: begin, save, discard, submit, amend; and the list of them. */
@Resolver('SavedForm')
export class SavedFormsResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly reader: SavedFormsReader,
    private readonly sessions: Sessions,
    private readonly captcha: Captcha,
    private readonly links: FileLinks,
  ) {}

  @Query('savedForms')
  @Access('REFERRER')
  savedForms(
    @Context() ctx: RequestContext,
    @Args('first') first?: number,
    @Args('after') after?: string,
    @Args('formGroupId') formGroupId?: string,
  ) {
    return this.reader.list(ctx, first, after, formGroupId);
  }

  @Query('savedForm')
  @Access('REFERRER')
  async savedForm(@Context() ctx: RequestContext, @Args('id') id: string) {
    return shown(ctx, id, await this.referrals.state(id));
  }

  @Mutation('startForm')
  @Access('REFERRER')
  async startForm(@Context() ctx: RequestContext, @Args('input') input: StartFormInput) {
    const { commandId, formId, captcha, fromSavedFormId } = input;
    const form = ctx.council.form(formId);
    if (!form) throw new DomainError('NOT_FOUND', 'This council has no such form.', 'formId');
    const { session } = ctx.referrer;
    freshEnough(ctx, form);
    if (ctx.council.captcha.forms) await this.captcha.redeem(captcha, canonicalJson([commandId, formId]));
    if (form.freshLogIn && session.lastFreshForm !== undefined && session.lastFreshForm !== commandId) {
      const message = 'Each of these requests asks for a fresh log-in. Log out, log in again and start the next one.';
      throw new DomainError('FRESH_LOG_IN_REQUIRED', message, 'formId');
    }
    const { id, outcome } = await this.referrals.startForm(ctx, commandId, form, fromSavedFormId);
    if (form.freshLogIn) await this.sessions.noteFreshForm(session._id, commandId);
    return shown(ctx, id, outcome.state);
  }

  @Mutation('saveForm')
  @Access('REFERRER')
  async saveForm(@Context() ctx: RequestContext, @Args('input') input: SaveFormInput) {
    const { commandId, id, expectedRevision, answersPatch, subjects } = input;
    const given = { id, expectedRevision, patch: answersPatch ?? undefined, subjects: subjects ?? undefined };
    const { state } = await this.referrals.saveForm(ctx, commandId, given);
    return shown(ctx, id, state);
  }

  @Mutation('discardForm')
  @Access('REFERRER')
  async discardForm(@Context() ctx: RequestContext, @Args('commandId') commandId: string, @Args('id') id: string) {
    await this.referrals.discardForm(ctx, commandId, id);
    return true;
  }

  @Mutation('submitForm')
  @Access('REFERRER')
  async submitForm(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('id') id: string,
    @Args('expectedRevision') expectedRevision: number,
  ) {
    await this.referrals.submitForm(ctx, commandId, id, expectedRevision);
    const view = await this.referrals.view(id);
    // A command met again after a later version was sent shows the version that it made.
    const sent = view.versions.find((version) => version.commandId === commandId.toLowerCase());
    return submittedFormView(ctx, view, sent?.version);
  }

  @Mutation('amendForm')
  @Access('REFERRER')
  async amendForm(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('requestId') requestId: string,
  ) {
    const id = referralOfRequest(requestId);
    const { state } = await this.referrals.amendForm(ctx, commandId, id, requestId);
    return shown(ctx, id, state);
  }

  @ResolveField('attachments')
  attachments(@Context() ctx: RequestContext, @Parent() { id, attachments }: SavedForm) {
    return attachments.map((file) => this.links.attachment(ctx, id, file));
  }

  @ResolveField('answersRequest')
  async answersRequest(@Context() ctx: RequestContext, @Parent() { id, requestId }: SavedForm) {
    if (requestId === null) return null;
    const view = await this.referrals.view(id);
    return requestView(ctx, view, requestId);
  }

  @ResolveField('unmappedAnswers')
  async unmappedAnswers(@Context() ctx: RequestContext, @Parent() { id, requestId, unmapped }: SavedForm) {
    if (requestId === null || unmapped.length === 0) return [];
    return unmappedAnswers(ctx.council, await this.referrals.view(id), requestId, unmapped);
  }
}

/** A saved form as its owner sees it; FORM_ENDED or NOT_FOUND where there is none to see. */
function shown(ctx: RequestContext, id: string, state: ReferralState): SavedForm {
  const draft = ownDraft({ accountId: ctx.referrer.id, now: ctx.now.toISOString() }, state);
  freshEnough(ctx, formOf(ctx.council, draft));
  return savedFormView(ctx, id, { draft, savedRevision: state.savedRevision, referrer: state.referrer });
}
