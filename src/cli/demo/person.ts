import { randomUUID } from 'node:crypto';
import type { Json } from './api.js';
import { Api } from './api.js';
import type { Checks } from './checks.js';
import { documents as ask } from './documents.js';
import { step } from './print.js';

interface Challenge {
  challengeId: string;
  resendAfter: string;
  digits: number;
}
interface SignedIn {
  token: string;
  account: { id: string; termsOutstanding: Json | null };
}

/** A referrer of the demo: registers, comes back, and holds a session. */
export class Person {
  readonly email = `demo-${randomUUID().slice(0, 8)}@example.org`;
  /** Long, and of every kind of character: it suits each council's policy. */
  readonly password = `Correct-Horse-${Math.floor(Math.random() * 9_000) + 1_000}-Battery`;
  private readonly seen = new Set<string>();
  private session: Api;

  constructor(
    private readonly visitor: Api,
    private readonly checks: Checks,
    readonly name: { forename: string; surname: string },
  ) {
    this.session = visitor;
  }

  get api(): Api {
    return this.session;
  }

  async register(): Promise<void> {
    const { visitor, checks, email, password } = this;
    const input = {
      ...this.name,
      commandId: randomUUID(),
      email,
      password,
      professional: true,
      organisation: 'Riverside Primary School',
      jobTitle: 'Safeguarding lead',
      telephone: '01632 960 001',
      address: { line1: '1 High Street', town: 'Riverside', county: 'Sampleshire', postcode: 'PR1 8XJ' },
    };
    step(`${this.name.forename} ${this.name.surname} registers, and is sent a code`);
    checks.equal(
      'a password against the policy',
      await visitor.problem(ask.register, { input: { ...input, commandId: randomUUID(), password: 'short' } }),
      'PASSWORD_POLICY',
    );
    const { challengeId, digits } = await visitor.ask<Challenge & Json>(ask.register, { input });
    checks.equal('the digits of a code', digits, 8);
    const first = await visitor.code(email, this.seen);
    step('She asks for a new code: the old one stops working');
    await visitor.ask(ask.resend, { id: challengeId });
    const second = await visitor.code(email, this.seen);
    checks.equal('the old code', await visitor.problem(ask.confirm, { id: challengeId, code: first }), 'CODE_WRONG');
    const signedIn = await visitor.ask<SignedIn & Json>(ask.confirm, { id: challengeId, code: second });
    this.session = visitor.as(signedIn.token);
    checks.equal(
      'a code used twice',
      await visitor.problem(ask.confirm, { id: challengeId, code: second }),
      'CODE_USED_UP',
    );
    checks.equal('her own account', (await this.session.ask(ask.me)).email, email);
  }

  async logIn(): Promise<void> {
    const { visitor, email, password } = this;
    const wrong = await visitor.problem(ask.logIn, { email, password: `${password}!` });
    this.checks.equal('a wrong password', wrong, 'CREDENTIALS_WRONG');
    const { challengeId } = await visitor.ask<Challenge & Json>(ask.logIn, { email, password });
    // Typed without the space between its groups, as people do.
    const code = (await visitor.code(email, this.seen)).replace(' ', '');
    const { token } = await visitor.ask<SignedIn & Json>(ask.confirmLogIn, { id: challengeId, code });
    this.session = visitor.as(token);
  }

  async logOut(): Promise<void> {
    const left = this.session;
    this.checks.equal('logging out', await left.ask(ask.logOut), true);
    this.checks.equal('a session that has ended', await left.problem(ask.me), 'UNAUTHENTICATED');
    this.session = this.visitor;
  }

  /** Waits for a mail about something, and checks that it does not name what was written in the form. */
  async mailed(subject: RegExp, says: RegExp): Promise<void> {
    const mail = await this.visitor.mail(this.email, (found) => subject.test(found.subject) && says.test(found.text));
    this.checks.that(`the mail "${mail.subject}" in HTML too`, mail.html.includes('<html'));
  }
}
