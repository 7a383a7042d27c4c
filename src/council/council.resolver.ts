import { Inject } from '@nestjs/common';
import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import { DomainError } from '../core/problem.js';
import { ADDRESS_FINDER } from '../core/tokens.js';
import { Access } from '../session/access.js';
import { AccountDirectory } from '../session/account-directory.js';
import type { RequestContext } from '../session/request-context.js';
import type { AddressFinder } from './addresses.js';
import type { AccountFacts, Answers, Form, SubjectFacts } from './form.js';

/** The council's public face: what there is, what is asked, and whether answers would do. No session is needed. */
@Resolver()
export class CouncilResolver {
  constructor(
    @Inject(ADDRESS_FINDER) private readonly addresses: AddressFinder,
    private readonly accounts: AccountDirectory,
  ) {}

  @Query('council')
  @Access('PUBLIC')
  council(@Context() ctx: RequestContext) {
    return ctx.council;
  }

  @Query('form')
  @Access('PUBLIC')
  form(@Context() ctx: RequestContext, @Args('id') id: string, @Args('version') version?: number) {
    return found(ctx, id, version, 'id').definition;
  }

  @Query('checkAnswers')
  @Access('PUBLIC')
  async checkAnswers(
    @Context() ctx: RequestContext,
    @Args('formId') formId: string,
    @Args('answers') answers: object,
    @Args('formVersion') formVersion?: number,
    @Args('subjects') subjects?: (Omit<SubjectFacts, 'id'> & { id?: string | null })[],
  ) {
    const form = found(ctx, formId, formVersion, 'formId');
    const account = ctx.signedInReferrer
      ? (await this.accounts.remembered(ctx.signedInReferrer)).person
      : anybody(form);
    const refused = form.refuse(answers);
    if (refused.length > 0) {
      const { percentComplete, visibleSections } = form.check({}, [], account);
      return { complete: false, percentComplete, problems: refused, visibleSections };
    }
    const named = (subjects ?? []).map((subject, place) => ({ ...subject, id: subject.id ?? `subject-${place + 1}` }));
    return form.check(answers as Answers, named, account);
  }

  @Query('findAddress')
  @Access('PUBLIC')
  findAddress(@Args('postcode') postcode: string, @Args('houseNameOrNumber') houseNameOrNumber?: string) {
    return this.addresses.find(postcode, houseNameOrNumber ?? undefined);
  }
}

/** Before anybody has logged in, nothing is known of the account but what the form itself asks for. */
function anybody({ professionalsOnly }: Form): AccountFacts {
  return { forename: '', surname: '', email: '', professional: professionalsOnly };
}

function found({ council }: RequestContext, id: string, version: number | null | undefined, field: string) {
  const form = council.form(id, version ?? undefined);
  if (!form) throw new DomainError('NOT_FOUND', 'This council has no such form, or no such version of it.', field);
  return form;
}
