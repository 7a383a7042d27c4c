import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { canonicalJson } from '../core/canonical-json.js';
import { DomainError } from '../core/problem.js';
import { Access } from '../session/access.js';
import { Captcha } from '../session/captcha.js';
import type { RequestContext } from '../session/request-context.js';
import { sessionCookie } from '../session/session-cookie.js';
import { AccountLimits } from './account-limits.js';
import type { AccountState } from './account.decider.js';
import { DetailsInput, RegisterInput } from './account.inputs.js';
import { AccountService } from './account.service.js';

/** Registration, log-in, passwords, terms and details. */
@Resolver()
export class AccountResolver {
  constructor(
    private readonly accounts: AccountService,
    private readonly limits: AccountLimits,
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
    await this.limits.called(ctx.from);
    const { commandId, email, password, captcha, ...details } = input;
    if (ctx.council.captcha.registration) {
      await this.captcha.redeem(captcha, canonicalJson([commandId, email, details]));
    }
    return this.accounts.register(ctx, commandId, email, password, asAsked(ctx, details));
  }

  @Mutation('resendCode')
  @Access('PUBLIC')
  async resendCode(@Context() ctx: RequestContext, @Args('challengeId') challengeId: string) {
    await this.limits.called(ctx.from);
    return this.accounts.resendCode(ctx, challengeId);
  }

  @Mutation('confirmRegistration')
  @Access('PUBLIC')
  async confirmRegistration(
    @Context() ctx: RequestContext,
    @Args('challengeId') challengeId: string,
    @Args('code') code: string,
  ) {
    await this.limits.called(ctx.from);
    return signedIn(ctx, ctx.wantsCookie, await this.accounts.confirmRegistration(ctx, challengeId, code));
  }

  @Mutation('logIn')
  @Access('PUBLIC')
  async logIn(@Context() ctx: RequestContext, @Args('email') email: string, @Args('password') password: string) {
    await this.limits.called(ctx.from);
    return this.accounts.logIn(ctx, email, password);
  }

  @Mutation('confirmLogIn')
  @Access('PUBLIC')
  async confirmLogIn(
    @Context() ctx: RequestContext,
    @Args('challengeId') challengeId: string,
    @Args('code') code: string,
  ) {
    await this.limits.called(ctx.from);
    return signedIn(ctx, ctx.wantsCookie, await this.accounts.confirmLogIn(ctx, challengeId, code));
  }

  @Mutation('requestPasswordReset')
  @Access('PUBLIC')
  async requestPasswordReset(@Context() ctx: RequestContext, @Args('email') email: string) {
    await this.limits.called(ctx.from);
    return this.accounts.requestPasswordReset(ctx, email);
  }

  @Mutation('resetPassword')
  @Access('PUBLIC')
  async resetPassword(
    @Context() ctx: RequestContext,
    @Args('challengeId') challengeId: string,
    @Args('code') code: string,
    @Args('newPassword') newPassword: string,
  ) {
    await this.limits.called(ctx.from);
    return this.accounts.resetPassword(ctx, challengeId, code, newPassword);
  }

  @Mutation('changePassword')
  @Access('REFERRER')
  async changePassword(
    @Context() ctx: RequestContext,
    @Args('commandId') commandId: string,
    @Args('currentPassword') currentPassword: string,
    @Args('newPassword') newPassword: string,
  ) {
    await this.limits.called(ctx.from);
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

/** In a cookie, the token is no script's to read. Whether it may be one is asked before the code is used. */
function signedIn(
  ctx: RequestContext,
  inCookie: boolean,
  { accountId, state, token, ...session }: Awaited<ReturnType<AccountService['confirmLogIn']>>,
) {
  if (inCookie) ctx.setHeader('set-cookie', sessionCookie(token));
  return { ...session, token: inCookie ? '' : token, account: accountView(ctx, accountId, state) };
}

/** The contract's Account. */
function accountView({ council }: RequestContext, id: string, { details, email, termsAccepted }: AccountState) {
  const { terms } = council;
  return { id, email, ...details, termsOutstanding: terms && !termsAccepted.includes(terms.version) ? terms : null };
}
