import { randomUUID } from 'node:crypto';
import type { Council } from '../../council/council.js';
import { derivedId } from '../../core/ids.js';
import { ApiProblem, type Api, type Mail } from '../demo/api.js';
import { documents as ask } from '../demo/documents.js';
import { patiently } from './patient.js';
import { fullName } from './people.js';
import { randomOf } from './random.js';

export interface Referrer {
  api: Api;
  account: { forename: string; surname: string; email: string; professional: boolean };
}

const PASSWORD = 'Correct-Horse-7-Battery';
/** For so many forms of a council there is one more referrer. */
const FORMS_FOR_ONE_MORE = 200;

/**
 * Who writes the nth form: those who came first write most. Says the same however many forms are asked for, so that more
 * can be added later.
 */
export function writerOf(nth: number, chance: number): number {
  return Math.floor(chance ** 2 * (1 + nth / FORMS_FOR_ONE_MORE));
}

/** The referrers of one seed, each logged in, or registered, when it is first asked for. */
export class Referrers {
  private readonly known = new Map<string, Promise<Referrer>>();

  constructor(private readonly seed: number) {}

  /** The nth referrer of a council; `visitor` asks as nobody yet. */
  of({ id: council }: Council, nth: number, visitor: Api): Promise<Referrer> {
    const name = `seed ${this.seed} referrer ${nth} of ${council}`;
    const known = this.known.get(name) ?? this.signedIn(visitor, council, nth, name);
    this.known.set(name, known);
    return known;
  }

  private async signedIn(visitor: Api, council: string, nth: number, name: string): Promise<Referrer> {
    const email = `seed-${this.seed}-${nth}@${council}.example.org`;
    const account = { ...fullName(randomOf(name)), email, professional: true };
    const reply = await fetch(`${visitor.mailbox}/mailbox.json?to=${encodeURIComponent(email)}`);
    const seen = new Set(((await reply.json()) as Mail[]).map(({ id }) => id));
    const { id, registering } = await challenge(visitor, account);
    const code = await visitor.code(email, seen);
    const confirm = registering ? ask.confirm : ask.confirmLogIn;
    const { token } = await patiently<{ token: string }>(visitor, confirm, { id, code });
    const api = visitor.as(token);
    const { termsOutstanding: terms } = await patiently<Account>(api, ask.me, {});
    if (terms) {
      const commandId = derivedId(name, 'terms', terms.version);
      await patiently(api, ask.acceptTerms, { commandId, version: terms.version });
    }
    return { api, account };
  }
}

interface Account {
  termsOutstanding: { version: string } | null;
}

/** Begins a log-in, or where there is no such account yet, a registration. */
async function challenge(visitor: Api, account: Referrer['account']) {
  const { email } = account;
  try {
    const { challengeId: id } = await patiently(visitor, ask.logIn, { email, password: PASSWORD });
    return { id, registering: false };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== 'CREDENTIALS_WRONG') throw error;
    // Another one each time: what an earlier seed began and did not end may have run out.
    const input = { commandId: randomUUID(), ...account, password: PASSWORD };
    const { challengeId: id } = await patiently(visitor, ask.register, { input });
    return { id, registering: true };
  }
}
