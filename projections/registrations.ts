import { accountKind, type AccountEvent } from '../src/account/account.events.js';
import type { Recorded } from '../src/core/decider.js';
import type { Projection, ViewDocument } from './projection.js';

/** A registration that waits for its code; one that was none, too. Names nobody. */
export interface RegistrationDocument extends ViewDocument {
  council: string;
  /** ISO text. */
  lastCodeAt: string;
}

/** Registrations that nobody has confirmed, by the last code that was sent for them. */
export const registrations: Projection<RegistrationDocument, AccountEvent> = {
  name: 'registrations',
  kind: accountKind,
  takes: new Set([
    'RegistrationStarted',
    'RegistrationRepeated',
    'CodeIssued',
    'PasswordSet',
    'EmailConfirmed',
    'SignedIn',
    'AccountClosed',
    'AccountErased',
  ]),
  idOf,
  indexes: [{ key: { lastCodeAt: 1, _id: 1 } }],
  fold(documents, fact) {
    switch (fact.type) {
      case 'RegistrationStarted':
        return [begun(fact)];
      case 'RegistrationRepeated':
        // Before it had a stream of its own, it stood in that of the account.
        return fact.revision === 0 ? [begun(fact)] : documents;
      case 'CodeIssued':
        return documents.map((document) => ({ ...document, lastCodeAt: fact.at }));
      case 'PasswordSet':
        return fact.data.cause === 'reset' ? [] : documents;
      case 'EmailConfirmed':
      case 'SignedIn':
      case 'AccountClosed':
      case 'AccountErased':
        return [];
      default:
        return documents;
    }
  },
};

function idOf(stream: string): string {
  return `${stream}/registration`;
}

function begun({ stream, revision, council, at: lastCodeAt }: Recorded<AccountEvent>): RegistrationDocument {
  return { _id: idOf(stream), stream, revision, council, lastCodeAt };
}
