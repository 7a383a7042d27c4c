import { randomUUID } from 'node:crypto';
import type { Json } from '../../src/cli/demo/api.js';
import type { ProblemCode } from '../../src/core/problem.js';
import { actorNames, type ActorName } from './actors.js';
import type { Kind, Target } from './targets.js';

/** What comes of asking: an answer without a problem, or the problem's code. */
type Outcome = 'ok' | ProblemCode;

export interface Row {
  /** What of the owner's it is asked about. */
  about: Kind;
  document: string;
  variables?: (target: Target) => Json;
  outcomes: Record<ActorName, Outcome>;
}

type Changes = Partial<Record<ActorName, Outcome>>;

/** Nobody but those named; everybody else as their kind is always refused. */
function only(allowed: Changes): Record<ActorName, Outcome> {
  const refused = (name: ActorName): Outcome =>
    name.startsWith('anonymous') || name.endsWith('elsewhere') ? 'UNAUTHENTICATED' : 'FORBIDDEN';
  return Object.fromEntries(actorNames.map((name) => [name, allowed[name] ?? refused(name)])) as never;
}

/** Everybody, whoever they are; what is one council's may not be there at another. */
export function everybody(outcome: Outcome = 'ok', atAnother: Outcome = outcome): Record<ActorName, Outcome> {
  const there = (name: ActorName) => name.endsWith('elsewhere') || name.endsWith('another') || name === 'outsider';
  return Object.fromEntries(actorNames.map((name) => [name, there(name) ? atAnother : outcome])) as never;
}

/** Each referrer, about their own account. */
export const referrers = (changes: Changes = {}) => only({ owner: 'ok', neighbour: 'ok', outsider: 'ok', ...changes });
/** The owner of the thing; to other referrers it is not there. */
export const owner = (changes: Changes = {}) =>
  only({ owner: 'ok', neighbour: 'NOT_FOUND', outsider: 'NOT_FOUND', ...changes });
type Staff = 'worker' | 'auditor' | 'records_officer' | 'service';
const staffOf =
  (atAnother: Outcome) =>
  (...roles: Staff[]) =>
    only(
      Object.fromEntries(
        roles.flatMap((role) => [
          [role, 'ok'],
          [`${role} of another`, atAnother],
        ]),
      ),
    );
/** Staff of these roles, of the council whose referral it is; to another council's it is not there. */
export const staff = staffOf('NOT_FOUND');
/** Staff of these roles, each of their own council's. */
export const staffLists = staffOf('ok');

/** Stands for the first outcome of whichever council is asked. */
export const ANY_OUTCOME = '(any outcome)';

/** A commandId of its own for each call. */
export const id = () => randomUUID();

export const query = (args: string, call: string) => `query${args && `(${args})`}{${call}}`;
export const mutation = (args: string, call: string) => `mutation${args && `(${args})`}{${call}}`;
