import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { canonicalJson } from '../core/canonical-json.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import { Captcha } from '../session/captcha.js';
import type { RequestContext } from '../session/request-context.js';
import { Sessions } from '../session/sessions.js';
import type { AccountState } from './account.decider.js';
import { DetailsInput, RegisterInput } from './account.inputs.js';
import { AccountService } from './account.service.js';

/** Registration, log-in, passwords, terms and details. */
@Resolver()
export class AccountResolver {
  constructor(
    private readonly accounts: AccountService,
    private readonly sessions: Sessions,
    private readonly captcha: Captcha,
  ) {}

  @Query('me')
  @Access('REFERRER')
  async me(@Context() ctx: RequestContext) {
    const { state } = await this.accounts.account(ctx.referrer.id);
    return accountView(ctx, ctx.referrer.id, state);
  }

  @Query('captchaChallenge')
  @Access('PUBLIC')
  async captchaChallenge() {
    return { challenge: await this.captcha.challenge() };
  }

  @Mutation('register')
  @Access('PUBLIC')
  async register(@Context() ctx: RequestContext, @Args('input') input: RegisterInput) {
    const { commandId, email, password, captcha, ...details } = input;
    if (ctx.council.captcha.registration) {
      await this.captcha.redeem(captcha, canonicalJson([commandId, email, details]));
    }
    return this.accounts.register(ctx, commandId, email, password, asAsked(ctx, details));
  }

  @Mutation('resendCode')
  @Access('PUBLIC')
  resendCode(@Context() ctx: RequestContext, @Args('challengeId') challengeId: string) {
    return this.accounts.resendCode(ctx, challengeId);
  }

  @Mutation('confirmRegistration')
  @Access('PUBLIC')
  async confirmRegistration(
    @Context() ctx: RequestContext,
    @Args('challengeId') challengeId: string,
    @Args('code') code: string,
  ) {
    return signedIn(ctx, await this.accounts.confirmRegistration(ctx, challengeId, code));
  }

  @Mutation('logIn')
  @Access('PUBLIC')
  logIn(@Context() ctx: RequestContext, @Args('email') email: string, @Args('password') password: string) {
    return this.accounts.logIn(ctx, email, password);
  }

  @Mutation('confirmLogIn')
  @Access('PUBLIC')
  async confirmLogIn(
    @Context() ctx: RequestContext,
    @Args('challengeId') challengeId: string,
    @Args('code') code: string,
  ) {
    return signedIn(ctx, await this.accounts.confirmLogIn(ctx, challengeId, code));
  }

  @Mutation('logOut')
  @Access('REFERRER')
  async logOut(@Context() ctx: RequestContext) {
    await this.sessions.end(ctx.referrer.session._id);
    return true;
  }

  @Mutation('requestPasswordReset')
  @Access('PUBLIC')
  requestPasswordReset(@Context() ctx: RequestContext, @Args('email') email: string) {
    return this.accounts.requestPasswordReset(ctx, email);
  }

  @Mutation('resetPassword')
  @Access('PUBLIC')
  resetPassword(
    @Context() ctx: RequestContext,
    @Args('challengeId') challengeId: string,
    @Args('code') code: string,
    @Args('newPassword') newPassword: string,
  ) {
    return this.accounts.resetPassword(ctx, challengeId, code, newPassword);
  }

  @Mutation('changePassword')
  @Access('REFERRER')
  changePassword(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('currentPassword') currentPassword: string,
    @Args('newPassword') newPassword: string,
  ) {
    return this.accounts.changePassword(ctx, commandId, currentPassword, newPassword);
  }

  @Mutation('acceptTerms')
  @Access('REFERRER')
  async acceptTerms(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('version') version: string,
  ) {
    if (ctx.council.terms?.version !== version) {
      throw new DomainError(
        'BAD_INPUT',
        'These are not the terms in force. Read and accept the current ones.',
        'version',
      );
    }
    return accountView(
      ctx,
      ctx.referrer.id,
      await this.accounts.change(ctx, commandId, { type: 'AcceptTerms', version }),
    );
  }

  @Mutation('updateDetails')
  @Access('REFERRER')
  async updateDetails(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('details') given: DetailsInput,
  ) {
    // Null leaves nothing behind where a detail is optional, and means "as it was" where it is not.
    const { forename, surname, professional, ...optional } = given;
    const kept = Object.entries({ forename, surname, professional }).filter(([, value]) => value != null);
    const details = asAsked(ctx, { ...optional, ...Object.fromEntries(kept) });
    return accountView(
      ctx,
      ctx.referrer.id,
      await this.accounts.change(ctx, commandId, { type: 'UpdateDetails', details }),
    );
  }
}

/** A council that does not ask who refers as part of their work serves nobody else (guide S). */
function asAsked<D extends object>({ council }: RequestContext, details: D): D {
  return council.professional.question === null ? { ...details, professional: true } : details;
}

function signedIn(
  ctx: RequestContext,
  { accountId, state, ...session }: Awaited<ReturnType<AccountService['confirmLogIn']>>,
) {
  return { ...session, account: accountView(ctx, accountId, state) };
}

/** The contract's Account. */
function accountView({ council }: RequestContext, id: string, { details, email, termsAccepted }: AccountState) {
  const { terms } = council;
  return { id, email, ...details, termsOutstanding: terms && !termsAccepted.includes(terms.version) ? terms : null };
}
