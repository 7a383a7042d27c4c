import type { Actor } from '../core/decider.js';
import type { Person } from '../core/person.js';
import { DomainError } from '../core/problem.js';
import type { RequestContext } from './request-context.js';

/** What others may know of an account: who the person is, and what they have agreed to. */
export interface AccountEntry {
  person: Person;
  termsAccepted: readonly string[];
}

/** The port through which other slices ask about accounts; the account slice answers. */
export abstract class AccountDirectory {
  /**
   * Reads the account from its stream. Commands write these details into events, so a change that another process made a
   * moment ago must be in them.
   */
  abstract find(accountId: string): Promise<AccountEntry>;

  /** The account as this process remembers it: for what is shown, never for what is decided or stored. */
  abstract remembered(accountId: string): Promise<AccountEntry>;

  /** The referrer who acts; throws TERMS_OUTSTANDING where the council's terms are not accepted yet. */
  async acting(ctx: RequestContext): Promise<AccountEntry['person']> {
    const { id } = ctx.referrer;
    const { terms } = ctx.council;
    const entry = await this.find(id);
    if (terms && !entry.termsAccepted.includes(terms.version)) {
      throw new DomainError('TERMS_OUTSTANDING', 'Please read and accept the terms first.', undefined, {
        version: terms.version,
      });
    }
    return entry.person;
  }
}

export function referrerActor(id: string, { forename, surname }: { forename: string; surname: string }): Actor {
  return { kind: 'referrer', id, name: `${forename} ${surname}` };
}
