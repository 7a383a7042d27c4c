import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Council } from '../council/council.js';
import { LONGEST_PASSWORD } from '../council/password-policy.js';
import type { Clock } from '../core/clock.js';
import type { Actor } from '../core/decider.js';
import { CommandHandling, type Outcome } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { Logger } from '../core/logger.js';
import { DomainError } from '../core/problem.js';
import { codeMatches } from '../core/one-time-code.js';
import { Secrets } from '../core/secrets.js';
import { StreamCommand } from '../core/stream-command.js';
import { CLOCK } from '../core/tokens.js';
import type { RequestContext } from '../session/request-context.js';
import { deviceOf } from '../session/device.js';
import { Sessions } from '../session/sessions.js';
import {
  accountDecider,
  codeIsRight,
  passwordReused,
  resendable,
  type AccountCommand,
  type AccountState,
  type CodeRules,
  type TypedCode,
} from './account.decider.js';
import { AccountLimits } from './account-limits.js';
import { accountStream, type AccountEvent, type CodePurpose, type Details } from './account.events.js';
import { addressKey } from './address-key.js';
import { challengeToken, readChallengeToken, type ChallengeRef } from './challenge-token.js';
import { emailReservationDecider, emailStream } from './email-reservation.js';
import { holdToOwner, holdToPolicy, isFarTooLong } from './new-password.js';
import { Passwords } from './passwords.js';

export interface CodeChallenge {
  challengeId: string;
  expiresAt: string;
  resendAfter: string;
  digits: number;
}
type AccountOutcome = Outcome<AccountState, AccountEvent>;

/** The flows of an account: what leads up to its commands, and what follows from them. */
@Injectable()
export class AccountService {
  constructor(
    private readonly bus: CommandBus,
    private readonly handling: CommandHandling,
    private readonly secrets: Secrets,
    private readonly sessions: Sessions,
    private readonly passwords: Passwords,
    private readonly limits: AccountLimits,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Begins a registration, or, where the address has an account, only looks as if: either writes a first fact to a stream
   * of the command's own, and either sends a mail.
   */
  async register(ctx: RequestContext, commandId: string, email: string, password: string, details: Details) {
    const { council } = ctx;
    holdToPolicy(council, password, 'password');
    holdToOwner(details, email, password, 'password');
    const said = { email, details };
    const ref = registrationOf(council, ctx.request(commandId, said, anonymous('')).commandId);
    const { accountId, challengeId } = ref;
    const rules = this.rules(council, 'registration');
    const passwordHash = await this.passwords.hash(password);
    const { state: before } = await this.account(accountId);
    if (!before.challenges[challengeId]) {
      await this.limits.codeSent('registration', addressKey(this.secrets, council.id, email));
    }
    const { accountId: owner, key } = await this.ownerOf(council, email);
    const { state } = await this.run(
      ctx,
      accountId,
      {
        type: 'StartRegistration',
        details,
        email: email.trim(),
        passwordHash,
        challengeId,
        rules,
        isTaken: owner !== key && owner !== accountId,
      },
      commandId,
      said,
      anonymous(accountId),
    );
    return this.challenge(council, ref, state);
  }

  async resendCode(ctx: RequestContext, token: string): Promise<CodeChallenge> {
    const ref = readChallengeToken(this.secrets, token);
    const { state } = await this.account(ref.accountId);
    const purpose = state.challenges[ref.challengeId]?.purpose ?? 'reset';
    const rules = this.rules(ctx.council, purpose);
    resendable(state, ref.challengeId, purpose, rules);
    // A shadow knows no address, but bears its key for a name.
    await this.limits.codeResent(state.email ? addressKey(this.secrets, ctx.council.id, state.email) : ref.accountId);
    const command: AccountCommand = { type: 'ResendCode', challengeId: ref.challengeId, purpose, rules };
    const outcome = await this.run(ctx, ref.accountId, command);
    return this.challenge(ctx.council, ref, outcome.state);
  }

  async confirmRegistration(ctx: RequestContext, token: string, typed: string) {
    const { ref, code, rules } = this.typedCode(ctx.council, token, typed, 'registration');
    return this.limits.codeTried(ctx.from, async () => {
      const { state } = await this.account(ref.accountId);
      if (codeIsRight(state, code, 'registration', rules)) {
        const { council } = ctx;
        const { accountId } = ref;
        const stream = emailStream(this.secrets, council.id, state.email);
        const before = await this.reservedBy(council, state.email);
        const isClosed = before !== undefined && (await this.account(before)).state.status === 'closed';
        const reserve = { type: 'ReserveEmail' as const, accountId, ...(isClosed && { closed: before }) };
        const request = ctx.request(randomUUID(), { accountId: ref.accountId }, anonymous(ref.accountId));
        await this.bus.execute(new StreamCommand(emailReservationDecider, stream, reserve, request));
      }
      return this.signIn(ctx, ref.accountId, { type: 'ConfirmRegistration', code, rules });
    });
  }

  /**
   * The first of two steps. Where too many wrong passwords came, for the address, from this place or everywhere, the
   * reply is a challenge whether or not the password is right: guessing on tells nothing, and the true owner, to whom the
   * code goes, gets in all the same.
   */
  async logIn(ctx: RequestContext, email: string, password: string): Promise<CodeChallenge> {
    const { council } = ctx;
    if (password.length > LONGEST_PASSWORD) {
      throw wrongCredentials(isFarTooLong(password) ? { tooLarge: true } : undefined);
    }
    const { accountId, state, key } = await this.ownerOf(council, email);
    const blind = await this.limits.guessesAreBlind(key, ctx.from);
    const right = await this.passwords.matches(state.passwordHashes[0], password);
    if (right && (await this.limits.mayLogIn(key, blind))) {
      await this.rehash(ctx, accountId, state, password);
      return this.startLogIn(ctx, accountId);
    }
    if (!right) await this.limits.passwordRefused(key, ctx.from);
    if (blind) return this.startLogIn(ctx, key);
    await this.run(ctx, accountId, { type: 'RefusePassword', now: this.now() });
    throw wrongCredentials();
  }

  async confirmLogIn(ctx: RequestContext, token: string, typed: string) {
    const { ref, code, rules } = this.typedCode(ctx.council, token, typed, 'log-in');
    return this.limits.codeTried(ctx.from, () =>
      this.signIn(ctx, ref.accountId, { type: 'ConfirmLogIn', code, rules }),
    );
  }

  async requestPasswordReset(ctx: RequestContext, email: string): Promise<CodeChallenge> {
    const { council } = ctx;
    const { accountId, key } = await this.ownerOf(council, email);
    await this.limits.codeSent('reset', key);
    const challengeId = randomUUID();
    const rules = this.rules(council, 'reset');
    const { state } = await this.run(ctx, accountId, { type: 'RequestPasswordReset', challengeId, rules });
    return this.challenge(council, { accountId, challengeId }, state);
  }

  async resetPassword(ctx: RequestContext, token: string, typed: string, password: string): Promise<boolean> {
    const { council } = ctx;
    holdToPolicy(council, password, 'newPassword');
    const { ref, code, rules } = this.typedCode(council, token, typed, 'reset');
    return this.limits.codeTried(ctx.from, async () => {
      const { state } = await this.account(ref.accountId);
      const right = codeIsRight(state, code, 'reset', rules);
      if (right) holdToOwner(state.details, state.email, password, 'newPassword');
      const reused = right && (await this.passwords.isAmong(this.forbidden(council, state), password));
      const passwordHash = right && !reused ? await this.passwords.hash(password) : '';
      const command: AccountCommand = { type: 'ResetPassword', code, rules, passwordHash, reused };
      const commandId = randomUUID();
      if (right) await this.sessions.announceEnding(ref.accountId, commandId);
      refuseWrongCode(await this.run(ctx, ref.accountId, command, commandId), rules);
      await this.endSessions(ref.accountId);
      return true;
    });
  }

  async changePassword(ctx: RequestContext, commandId: string, current: string, password: string): Promise<boolean> {
    const { council, referrer } = ctx;
    holdToPolicy(council, password, 'newPassword');
    const { state } = await this.account(referrer.id);
    holdToOwner(state.details, state.email, password, 'newPassword');
    await this.limits.mayChangePassword(referrer.id);
    const mayFit = current.length <= LONGEST_PASSWORD;
    if (!mayFit || !(await this.passwords.matches(state.passwordHashes[0], current))) {
      // Asked again after it was done: the new password is the current one then.
      if (!(await this.passwords.matches(state.passwordHashes[0], password))) {
        await this.limits.changeRefused(referrer.id);
        throw new DomainError('CREDENTIALS_WRONG', 'Your current password is not right.', 'currentPassword');
      }
    } else if (await this.passwords.isAmong(this.forbidden(council, state), password)) {
      throw passwordReused('newPassword');
    }
    const passwordHash = await this.passwords.hash(password);
    const actor = actorOf(referrer.id, state);
    const { _id: own } = referrer.session;
    await this.sessions.announceEnding(referrer.id, ctx.request(commandId, {}, actor).commandId, own);
    await this.run(ctx, referrer.id, { type: 'ChangePassword', passwordHash }, commandId, {}, actor);
    await this.endSessions(referrer.id, own);
    return true;
  }

  async change(ctx: RequestContext, commandId: string, command: AccountCommand): Promise<AccountState> {
    const { state } = await this.account(ctx.referrer.id);
    const outcome = await this.run(ctx, ctx.referrer.id, command, commandId, command, actorOf(ctx.referrer.id, state));
    return outcome.state;
  }

  /** An account as the store says now: another process may have taken a code, or changed the password. */
  account(accountId: string) {
    return this.handling.state(accountDecider, accountStream(accountId), true);
  }

  /** The password is changed whatever becomes of this: sessions that cannot be deleted now are refused all the same. */
  private async endSessions(accountId: string, except?: string): Promise<void> {
    await this.sessions.endAll(accountId, except).catch((error: unknown) => {
      this.logger.error('sessions could not be deleted after a change of password; they are refused', { error });
    });
  }

  private async signIn(ctx: RequestContext, accountId: string, command: AccountCommand & { rules: CodeRules }) {
    const outcome = await this.run(ctx, accountId, command);
    refuseWrongCode(outcome, command.rules);
    const { council } = ctx;
    const { inactivityMinutes, id } = council;
    const signedIn = outcome.facts.find(({ type }) => type === 'SignedIn')?.revision;
    const token = await this.sessions.start(accountId, id, inactivityMinutes, deviceOf(ctx.userAgent), signedIn);
    // A log-in takes the place of the session that it came with (ASVS 5.0, 7.2.4).
    if (ctx.session?.accountId === accountId) await this.sessions.end(ctx.session._id);
    return { token, expiresAfterInactivityMinutes: council.inactivityMinutes, accountId, state: outcome.state };
  }

  private async startLogIn(ctx: RequestContext, accountId: string): Promise<CodeChallenge> {
    const challengeId = randomUUID();
    const rules = this.rules(ctx.council, 'log-in');
    const { state } = await this.run(ctx, accountId, { type: 'StartLogIn', challengeId, rules });
    return this.challenge(ctx.council, { accountId, challengeId }, state);
  }

  private async rehash(ctx: RequestContext, accountId: string, state: AccountState, password: string): Promise<void> {
    const from = state.passwordHashes[0]!;
    if (!this.passwords.isOutdated(from)) return;
    await this.run(ctx, accountId, {
      type: 'RehashPassword',
      from,
      passwordHash: await this.passwords.hash(password),
    });
  }

  /** The account of an address, or its shadow where it has none that is open. Either takes the same reads. */
  private async ownerOf(council: Council, email: string) {
    const key = addressKey(this.secrets, council.id, email);
    const accountId = (await this.reservedBy(council, email)) ?? key;
    const { state } = await this.account(accountId);
    if (state.status !== 'closed') return { accountId, state, key };
    return { accountId: key, state: (await this.account(key)).state, key };
  }

  /** The account that an address belongs to, as the store says now. */
  private async reservedBy(council: Council, email: string): Promise<string | undefined> {
    const stream = emailStream(this.secrets, council.id, email);
    return (await this.handling.state(emailReservationDecider, stream, true)).state.accountId;
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

  /** The current password and the council's number of earlier ones. */
  private forbidden(council: Council, state: AccountState): string[] {
    return state.passwordHashes.slice(0, 1 + council.passwordPolicy.differsFromPrevious);
  }

  private rules({ codePolicy }: Council, purpose: CodePurpose): CodeRules {
    const { attempts, registrationMinutes, logInMinutes, resetMinutes } = codePolicy;
    const minutes = { registration: registrationMinutes, 'log-in': logInMinutes, reset: resetMinutes }[purpose];
    return { now: this.now(), minutes, attempts };
  }

  private now(): string {
    return this.clock.now().toISOString();
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
    const challenge = state.challenges[ref.challengeId];
    if (!challenge) {
      // A registration asked for once more, long after it began.
      throw new DomainError('NOT_ALLOWED_NOW', 'This was begun too long ago. Please start again.');
    }
    const { expiresAt, resendAfter } = challenge;
    return {
      challengeId: challengeToken(this.secrets, ref),
      expiresAt,
      resendAfter,
      digits: council.codePolicy.digits,
    };
  }
}

function refuseWrongCode({ facts, state }: AccountOutcome, { attempts }: CodeRules): void {
  const failed = facts.find((fact) => fact.type === 'SignInFailed');
  if (!failed?.data.challengeId) return;
  const left = attempts - state.challenges[failed.data.challengeId]!.wrong;
  const hint = left > 0 ? `Tries left: ${left}.` : 'Ask for a new code.';
  throw new DomainError('CODE_WRONG', `This code is not right. ${hint}`, 'code');
}

/** The account and the challenge that a registration begins: the same command begins the same. */
function registrationOf(council: Council, commandId: string): ChallengeRef {
  return {
    accountId: derivedId(council.id, 'account', commandId),
    challengeId: derivedId(council.id, 'challenge', commandId),
  };
}

function wrongCredentials(details?: Record<string, unknown>): DomainError {
  return new DomainError('CREDENTIALS_WRONG', 'The email address or the password is not right.', undefined, details);
}

function anonymous(accountId: string): Actor {
  return { kind: 'referrer', id: accountId, name: '' };
}

function actorOf(accountId: string, { details }: AccountState): Actor {
  return { kind: 'referrer', id: accountId, name: `${details.forename} ${details.surname}` };
}
