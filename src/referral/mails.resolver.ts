import { Args, Context, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { MailLedger } from '../../projections/mail/ledger.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import type { RequestContext } from '../session/request-context.js';

/** The mails about a referral, and sending one again. */
@Resolver('Referral')
export class MailsResolver {
  constructor(private readonly ledger: MailLedger) {}

  @ResolveField('mails')
  mails(@Parent() { id }: { id: string }) {
    return this.ledger.ofReferral(id);
  }

  @Mutation('resendMail')
  @Access('WORKER', 'SERVICE')
  async resendMail(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('deliveryId') deliveryId: string,
  ) {
    const mail = await this.ledger.byId(deliveryId);
    if (mail?.council !== ctx.council.id || mail.referralId === null) {
      throw new DomainError('NOT_FOUND', 'There is no such mail about a referral of this council.', 'deliveryId');
    }
    return this.ledger.requeue(deliveryId, ctx.request(commandId, { deliveryId }, ctx.staffActor).commandId);
  }
}
