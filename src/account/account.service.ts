import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Council } from '../council/council.js';
import { passwordProblems } from '../council/password-policy.js';
import type { Clock } from '../core/clock.js';
import type { Actor } from '../core/decider.js';
import { CommandHandling, type Outcome } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import { codeMatches } from '../core/one-time-code.js';
import { Secrets } from '../core/secrets.js';
import { StreamCommand } from '../core/stream-command.js';
import { CLOCK } from '../core/tokens.js';
import type { RequestContext } from '../session/request-context.js';
import { Sessions } from '../session/sessions.js';
import {
  accountDecider,
  codeIsRight,
  passwordReused,
  type AccountCommand,
  type AccountState,
  type CodeRules,
  type TypedCode,
} from './account.decider.js';
import { accountStream, type AccountEvent, type CodePurpose, type Details } from './account.events.js';
import { challengeToken, readChallengeToken, type ChallengeRef } from './challenge-token.js';
import { emailReservationDecider, emailStream } from './email-reservation.js';
import { Passwords } from './passwords.js';

export interface CodeChallenge {
  challengeId: string;
  expiresAt: string;
  resendAfter: string;
  digits: number;
}
type AccountOutcome = Outcome<AccountState, AccountEvent>;

const WRONG_CREDENTIALS = 'The email address or the password is not right.';

/** The flows of an account: what leads up to its commands, and what follows from them. */
@Injectable()
export class AccountService {
  constructor(
    private readonly bus: CommandBus,
    private readonly handling: CommandHandling,
    private readonly secrets: Secrets,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Begins a registration, or, where the address has an account, only looks as if. */
  async register(ctx: RequestContext, commandId: string, email: string, password: string, details: Details) {
    const { council } = ctx;
    this.holdToPolicy(council, password, 'password');
    const challengeId = derivedId(council.id, 'challenge', commandId);
    const said = { email, details };
    const rules = this.rules(council, 'registration');
    const passwordHash = await this.passwords.hash(password);
    const owner = await this.ownerOf(council, email);
    const accountId = owner ?? derivedId(council.id, 'account', commandId);
    const command: AccountCommand = owner
      ? { type: 'RepeatRegistration', challengeId, rules }
      : { type: 'StartRegistration', details, email: email.trim(), passwordHash, challengeId, rules };
    const { state } = await this.run(ctx, accountId, command, commandId, said, anonymous(accountId));
    return this.challenge(council, { accountId, challengeId }, state);
  }

  async resendCode(ctx: RequestContext, token: string): Promise<CodeChallenge> {
    const ref = readChallengeToken(this.secrets, token);
    const { state } = await this.account(ref.accountId);
    const purpose = state.challenges[ref.challengeId]?.purpose ?? 'reset';
    const rules = this.rules(ctx.council, purpose);
    // What nobody can tell from a challenge that goes to nobody looks the same for it.
    if (state.status === 'none') return this.decoyChallenge(ctx.council, ref, rules);
    const command: AccountCommand = { type: 'ResendCode', challengeId: ref.challengeId, purpose, rules };
    const outcome = await this.run(ctx, ref.accountId, command);
    return this.challenge(ctx.council, ref, outcome.state);
  }

  async confirmRegistration(ctx: RequestContext, token: string, typed: string) {
    const { ref, code, rules } = this.typedCode(ctx.council, token, typed, 'registration');
    const { state } = await this.account(ref.accountId);
    if (codeIsRight(state, code, 'registration', rules)) {
      const stream = emailStream(this.secrets, ctx.council.id, state.email);
      const reserve = { type: 'ReserveEmail' as const, accountId: ref.accountId };
      const request = ctx.request(randomUUID(), { accountId: ref.accountId }, anonymous(ref.accountId));
      await this.bus.execute(new StreamCommand(emailReservationDecider, stream, reserve, request));
    }
    return this.signIn(ctx, ref.accountId, { type: 'ConfirmRegistration', code, rules });
  }

  async logIn(ctx: RequestContext, email: string, password: string): Promise<CodeChallenge> {
    const { council } = ctx;
    const accountId = await this.ownerOf(council, email);
    const state = accountId === undefined ? undefined : (await this.account(accountId)).state;
    const right = await this.passwords.matches(state?.passwordHashes[0], password);
    if (accountId !== undefined && right) {
      const challengeId = randomUUID();
      const rules = this.rules(council, 'log-in');
      const outcome = await this.run(ctx, accountId, { type: 'StartLogIn', challengeId, rules });
      return this.challenge(council, { accountId, challengeId }, outcome.state);
    }
    if (accountId !== undefined) await this.run(ctx, accountId, { type: 'RefusePassword' });
    throw new DomainError('CREDENTIALS_WRONG', WRONG_CREDENTIALS);
  }

  async confirmLogIn(ctx: RequestContext, token: string, typed: string) {
    const { ref, code, rules } = this.typedCode(ctx.council, token, typed, 'log-in');
    return this.signIn(ctx, ref.accountId, { type: 'ConfirmLogIn', code, rules });
  }

  async requestPasswordReset(ctx: RequestContext, email: string): Promise<CodeChallenge> {
    const { council } = ctx;
    const challengeId = randomUUID();
    const rules = this.rules(council, 'reset');
    const accountId = await this.ownerOf(council, email);
    if (accountId === undefined) {
      return this.decoyChallenge(council, { accountId: randomUUID(), challengeId }, rules);
    }
    const { state } = await this.run(ctx, accountId, { type: 'RequestPasswordReset', challengeId, rules });
    return this.challenge(council, { accountId, challengeId }, state);
  }

  async resetPassword(ctx: RequestContext, token: string, typed: string, password: string): Promise<boolean> {
    const { council } = ctx;
    this.holdToPolicy(council, password, 'newPassword');
    const { ref, code, rules } = this.typedCode(council, token, typed, 'reset');
    const { state } = await this.account(ref.accountId);
    const right = codeIsRight(state, code, 'reset', rules);
    const reused = right && (await this.passwords.isAmong(this.forbidden(council, state), password));
    const passwordHash = right && !reused ? await this.passwords.hash(password) : '';
    const command: AccountCommand = { type: 'ResetPassword', code, rules, passwordHash, reused };
    refuseWrongCode(await this.run(ctx, ref.accountId, command), rules);
    await this.sessions.endAll(ref.accountId);
    return true;
  }

  async changePassword(ctx: RequestContext, commandId: string, current: string, password: string): Promise<boolean> {
    const { council, referrer } = ctx;
    this.holdToPolicy(council, password, 'newPassword');
    const { state } = await this.account(referrer.id);
    // Asked again after it was done: the new password is the current one then.
    if (!(await this.passwords.matches(state.passwordHashes[0], current))) {
      const repeated = await this.passwords.matches(state.passwordHashes[0], password);
      if (!repeated)
        throw new DomainError('CREDENTIALS_WRONG', 'Your current password is not right.', 'currentPassword');
    } else if (await this.passwords.isAmong(this.forbidden(council, state), password)) {
      throw passwordReused('newPassword');
    }
    const passwordHash = await this.passwords.hash(password);
    await this.run(
      ctx,
      referrer.id,
      { type: 'ChangePassword', passwordHash },
      commandId,
      {},
      actorOf(referrer.id, state),
    );
    await this.sessions.endAll(referrer.id, referrer.session._id);
    return true;
  }

  async change(ctx: RequestContext, commandId: string, command: AccountCommand): Promise<AccountState> {
    const { state } = await this.account(ctx.referrer.id);
    const outcome = await this.run(ctx, ctx.referrer.id, command, commandId, command, actorOf(ctx.referrer.id, state));
    return outcome.state;
  }

  account(accountId: string) {
    return this.handling.state(accountDecider, accountStream(accountId));
  }

  private async signIn(ctx: RequestContext, accountId: string, command: AccountCommand & { rules: CodeRules }) {
    const outcome = await this.run(ctx, accountId, command);
    refuseWrongCode(outcome, command.rules);
    const { council } = ctx;
    const token = await this.sessions.start(accountId, council.id, council.inactivityMinutes);
    return { token, expiresAfterInactivityMinutes: council.inactivityMinutes, accountId, state: outcome.state };
  }

  private async ownerOf(council: Council, email: string): Promise<string | undefined> {
    const { state } = await this.handling.state(emailReservationDecider, emailStream(this.secrets, council.id, email));
    return state.accountId;
  }

  private async run(
    ctx: RequestContext,
    accountId: string,
    command: AccountCommand,
    commandId: string = randomUUID(),
    said: unknown = {},
    actor: Actor = anonymous(accountId),
  ): Promise<AccountOutcome> {
    const request = ctx.request(commandId, said, actor);
    return this.bus.execute(new StreamCommand(accountDecider, accountStream(accountId), command, request));
  }

  private holdToPolicy(council: Council, password: string, field: string): void {
    const problems = passwordProblems(council.passwordPolicy, password);
    if (problems.length > 0) throw new DomainError('PASSWORD_POLICY', problems.join(' '), field, { problems });
  }

  /** The current password and the council's number of earlier ones. */
  private forbidden(council: Council, state: AccountState): string[] {
    return state.passwordHashes.slice(0, 1 + council.passwordPolicy.differsFromPrevious);
  }

  private rules({ codePolicy }: Council, purpose: CodePurpose): CodeRules {
    const { attempts, registrationMinutes, logInMinutes, resetMinutes } = codePolicy;
    const minutes = { registration: registrationMinutes, 'log-in': logInMinutes, reset: resetMinutes }[purpose];
    return { now: this.clock.now().toISOString(), minutes, attempts };
  }

  private typedCode(council: Council, token: string, typed: string, purpose: CodePurpose) {
    const ref = readChallengeToken(this.secrets, token);
    const { challengeId } = ref;
    const { digits } = council.codePolicy;
    const matches = (issue: number) => codeMatches(this.secrets, challengeId, issue, digits, typed);
    const code: TypedCode = { challengeId, matches };
    return { ref, code, rules: this.rules(council, purpose) };
  }

  private challenge(council: Council, ref: ChallengeRef, state: AccountState): CodeChallenge {
    const { expiresAt, resendAfter } = state.challenges[ref.challengeId]!;
    return {
      challengeId: challengeToken(this.secrets, ref),
      expiresAt,
      resendAfter,
      digits: council.codePolicy.digits,
    };
  }

  /** A challenge that goes to nobody: it looks like any other. */
  private decoyChallenge(council: Council, ref: ChallengeRef, { now, minutes }: CodeRules): CodeChallenge {
    const expiresAt = new Date(Date.parse(now) + minutes * 60_000).toISOString();
    const challengeId = challengeToken(this.secrets, ref);
    return { challengeId, expiresAt, resendAfter: now, digits: council.codePolicy.digits };
  }
}

function refuseWrongCode({ facts, state }: AccountOutcome, { attempts }: CodeRules): void {
  const failed = facts.find((fact) => fact.type === 'SignInFailed');
  if (!failed?.data.challengeId) return;
  const left = attempts - state.challenges[failed.data.challengeId]!.wrong;
  const hint = left > 0 ? `Tries left: ${left}.` : 'Ask for a new code.';
  throw new DomainError('CODE_WRONG', `This code is not right. ${hint}`, 'code');
}

function anonymous(accountId: string): Actor {
  return { kind: 'referrer', id: accountId, name: '' };
}

function actorOf(accountId: string, { details }: AccountState): Actor {
  return { kind: 'referrer', id: accountId, name: `${details.forename} ${details.surname}` };
}
