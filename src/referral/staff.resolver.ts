import { Args, Context, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { ReadRecorder } from './access-record.js';
import { answerChanges, listChanges } from './answer-changes.js';
import { FileLinks } from './file-links.js';
import { InboxReader, type InboxFilter } from './inbox.reader.js';
import { referralGraph } from './referral.graphql.js';
import { RespondInput, RetractInput, ReturnInput } from './referral.inputs.js';
import type { AttachedFile } from './referral.events.js';
import { ReferralService } from './referral.service.js';
import type { ReferralView } from './referral.view.js';
import { formOf } from './saved-form.view.js';

type ReferralGraph = ReturnType<typeof referralGraph>;

/** What the council's workers and systems do. */
@Resolver('Referral')
export class StaffResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly inboxReader: InboxReader,
    private readonly reads: ReadRecorder,
    private readonly links: FileLinks,
  ) {}

  @Query('inbox')
  @Access('WORKER', 'SERVICE')
  inbox(
    @Context() ctx: RequestContext,
    @Args('filter') filter?: InboxFilter,
    @Args('first') first?: number,
    @Args('after') after?: string,
  ) {
    return this.inboxReader.list(ctx, filter, first, after);
  }

  @Query('referral')
  @Access('WORKER', 'SERVICE', 'AUDITOR')
  async referral(@Context() ctx: RequestContext, @Args('reference') reference: string) {
    const view = await this.referrals.submitted(ctx.council, reference);
    await this.reads.record(ctx, view.id, 'referral', null);
    return referralGraph(ctx, view);
  }

  @Mutation('startContact')
  @Access('WORKER', 'SERVICE')
  async startContact(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('reference') reference: string,
    @Args('expectedRevision') expectedRevision: number,
  ) {
    const { id: council, contactResponse: response } = ctx.council;
    const command = { type: 'StartContact' as const, council, expectedRevision, response };
    const { id } = await this.referrals.staff(ctx, reference, commandId, { expectedRevision }, command);
    return this.shown(ctx, id);
  }

  @Mutation('returnForInformation')
  @Access('WORKER', 'SERVICE')
  async returnForInformation(@Context() ctx: RequestContext, @Args('input') input: ReturnInput) {
    const { commandId, reference, ...said } = input;
    const { council } = ctx;
    const view = await this.referrals.submitted(council, reference);
    holdToCouncil(ctx, view, input);
    const command = {
      type: 'RequestInformation' as const,
      council: council.id,
      referralId: view.id,
      expectedRevision: input.expectedRevision,
      reasonCode: input.reasonCode,
      comments: input.comments,
      questions: input.questions ?? [],
      dueOn: input.dueOn ?? null,
      redirectToFormId: input.redirectToFormId ?? null,
    };
    await this.referrals.staff(ctx, reference, commandId, said, command);
    return this.shown(ctx, view.id);
  }

  @Mutation('retractInformationRequest')
  @Access('WORKER', 'SERVICE')
  async retractInformationRequest(@Context() ctx: RequestContext, @Args('input') input: RetractInput) {
    const { commandId, reference, ...said } = input;
    const command = { type: 'RetractInformationRequest' as const, council: ctx.council.id, ...said };
    const { id } = await this.referrals.staff(ctx, reference, commandId, said, command);
    return this.shown(ctx, id);
  }

  @Mutation('respond')
  @Access('WORKER', 'SERVICE')
  async respond(@Context() ctx: RequestContext, @Args('input') input: RespondInput) {
    const { commandId, reference, ...said } = input;
    const outcome = ctx.council.outcomes.find(({ code }) => code === input.outcomeCode)?.label;
    if (outcome === undefined) {
      throw new DomainError(
        'BAD_INPUT',
        'This council has no such outcome. Its outcomes are listed under council.',
        'outcomeCode',
      );
    }
    const { expectedRevision, outcomeCode, final } = input;
    const command = {
      type: 'PostResponse' as const,
      council: ctx.council.id,
      expectedRevision,
      subjectId: input.subjectId ?? null,
      outcomeCode,
      outcome,
      message: input.message?.trim() || null,
      final,
    };
    const { id } = await this.referrals.staff(ctx, reference, commandId, said, command);
    return this.shown(ctx, id);
  }

  @Mutation('acknowledgeReceipt')
  @Access('SERVICE')
  async acknowledgeReceipt(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('reference') reference: string,
    @Args('version') version: number,
    @Args('system') system: string,
    @Args('externalId') externalId?: string,
  ) {
    if (!/\S/.test(system) || system.length > 100) {
      throw new DomainError('BAD_INPUT', 'Name the system that has the referral, in up to 100 characters.', 'system');
    }
    const said = { version, system, externalId: externalId ?? null };
    const command = { type: 'AcknowledgeReceipt' as const, council: ctx.council.id, ...said };
    const { id } = await this.referrals.staff(ctx, reference, commandId, said, command);
    return this.shown(ctx, id);
  }

  @ResolveField('changes')
  changes(
    @Context() ctx: RequestContext,
    @Parent() { view }: ReferralGraph,
    @Args('from') from: number,
    @Args('to') to: number,
  ) {
    const [before, after] = [sent(view, from, 'from'), sent(view, to, 'to')];
    return answerChanges(before, after, formOf(ctx.council, before), formOf(ctx.council, after));
  }

  @ResolveField('subjectChanges')
  subjectChanges(@Parent() { view }: ReferralGraph, @Args('from') from: number, @Args('to') to: number) {
    const changes = listChanges(sent(view, from, 'from').subjects, sent(view, to, 'to').subjects);
    return changes.map(({ id: subjectId, before, after }) => ({ subjectId, before, after }));
  }

  @ResolveField('attachmentChanges')
  attachmentChanges(
    @Context() ctx: RequestContext,
    @Parent() { view }: ReferralGraph,
    @Args('from') from: number,
    @Args('to') to: number,
  ) {
    const changes = listChanges(sent(view, from, 'from').attachments, sent(view, to, 'to').attachments);
    const shown = (file: AttachedFile | null) => file && this.links.attachment(ctx, view.id, file);
    return changes.map(({ id: attachmentId, before, after }) => ({
      attachmentId,
      before: shown(before),
      after: shown(after),
    }));
  }

  private async shown(ctx: RequestContext, id: string) {
    return referralGraph(ctx, await this.referrals.view(id));
  }
}

function sent(view: ReferralView, version: number, field: string) {
  const found = view.versions.find((one) => one.version === version);
  if (!found) throw new DomainError('NOT_FOUND', 'This referral has no such version.', field);
  return found;
}

/** Holds a return to what the council's configuration and the returned form know. */
function holdToCouncil({ council, now }: RequestContext, view: ReferralView, input: ReturnInput): void {
  if (!council.informationReasons.some(({ code }) => code === input.reasonCode)) {
    const message = 'This council has no such reason. Its reasons are listed under council.';
    throw new DomainError('BAD_INPUT', message, 'reasonCode');
  }
  if (input.redirectToFormId && !council.form(input.redirectToFormId)) {
    throw new DomainError('BAD_INPUT', 'This council has no such form to send it to.', 'redirectToFormId');
  }
  if (input.dueOn && input.dueOn < now.toISOString().slice(0, 10)) {
    throw new DomainError('BAD_INPUT', 'The due date has passed already.', 'dueOn');
  }
  const { sections } = formOf(council, view.versions.at(-1)!).definition;
  const known = new Set(sections.flatMap(({ questions }) => questions.map(({ id }) => id)));
  const unknown = input.questions?.find(({ questionId }) => !known.has(questionId));
  if (unknown) throw new DomainError('BAD_INPUT', 'The returned form has no such question.', 'questions');
}
