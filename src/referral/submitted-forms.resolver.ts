import { Args, Context, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';
import { FileLinks } from './file-links.js';
import { ReferralService } from './referral.service.js';
import { submittedFormView } from './submitted-form.view.js';
import { SubmittedFormsReader } from './submitted-forms.reader.js';

type SubmittedForm = ReturnType<typeof submittedFormView>;

/** What the referrer sees of what was sent. */
@Resolver('InformationRequest')
export class SubmittedFormsResolver {
  constructor(
    private readonly referrals: ReferralService,
    private readonly reader: SubmittedFormsReader,
  ) {}

  @Query('submittedForms')
  @Access('REFERRER')
  submittedForms(@Context() ctx: RequestContext, @Args('first') first?: number, @Args('after') after?: string) {
    return this.reader.read(ctx, first, after);
  }

  @Query('submittedForm')
  @Access('REFERRER')
  async submittedForm(
    @Context() ctx: RequestContext,
    @Args('reference') reference: string,
    @Args('version') version?: number,
  ) {
    const view = await this.referrals.submitted(ctx.council, reference);
    if (view.accountId !== ctx.referrer.id || view.erased) {
      throw new DomainError('NOT_FOUND', 'There is no form with this reference in your account.', 'reference');
    }
    return submittedFormView(ctx, view, version);
  }

  /** The version that was returned: the list's Previous Form. */
  @ResolveField('previousForm')
  async previousForm(@Context() ctx: RequestContext, @Parent() request: { referralId: string; version: number }) {
    return submittedFormView(ctx, await this.referrals.view(request.referralId), request.version);
  }
}

/** The files of one submission, and the submission itself as a PDF: links signed for whoever looks. */
@Resolver('SubmittedForm')
export class SubmittedFormResolver {
  constructor(private readonly links: FileLinks) {}

  @ResolveField('attachments')
  attachments(@Context() ctx: RequestContext, @Parent() { id, attachments }: SubmittedForm) {
    return attachments.map((file) => this.links.attachment(ctx, id, file));
  }

  @ResolveField('pdfUrl')
  pdfUrl(@Context() ctx: RequestContext, @Parent() { id, version }: SubmittedForm) {
    return this.links.pdf(ctx, id, version);
  }
}
