import type { Api } from '../../src/cli/demo/api.js';
import type { TimedFrontdoor } from '../support/timed-frontdoor.js';
import { registered, type Registered } from '../support/people.js';

/** Whose things they are, and everybody who might reach for them. */
export const actorNames = [
  'anonymous',
  'anonymous elsewhere',
  /** The referrer whose things they are. */
  'owner',
  /** Another referrer of the same council. */
  'neighbour',
  /** A referrer of another council. */
  'outsider',
  /** The owner's session, shown to another council. */
  'owner elsewhere',
  'worker',
  'auditor',
  'records_officer',
  'service',
  /** The same four of another council. */
  'worker of another',
  'auditor of another',
  'records_officer of another',
  'service of another',
  /** A worker's token, shown to another council. */
  'worker elsewhere',
] as const;
export type ActorName = (typeof actorNames)[number];
export type Actors = Record<ActorName, Api>;

export const HERE = 'lancashire';
export const ELSEWHERE = 'sefton';

/** Who may see nothing of the owner's, whatever is asked. */
export const strangers = actorNames.filter(
  (name) => !['owner', 'worker', 'auditor', 'records_officer', 'service'].includes(name),
);

export async function castOf(frontdoor: TimedFrontdoor): Promise<{ actors: Actors; owner: Registered }> {
  const [here, elsewhere] = [frontdoor.visitor(HERE), frontdoor.visitor(ELSEWHERE)];
  const owner = await registered(here, { forename: 'Orla', surname: 'Canaryowner' });
  const [neighbour, outsider] = [await registered(here), await registered(elsewhere)];
  const staff = async (role: string) => ({
    [role]: await frontdoor.staff(HERE, role),
    [`${role} of another`]: await frontdoor.staff(ELSEWHERE, role),
  });
  const roles = await Promise.all(['worker', 'auditor', 'records_officer', 'service'].map(staff));
  const actors = {
    anonymous: here,
    'anonymous elsewhere': elsewhere,
    owner: owner.api,
    neighbour: neighbour.api,
    outsider: outsider.api,
    'owner elsewhere': owner.api.as(owner.api.token, ELSEWHERE),
    ...Object.assign({}, ...roles),
  } as Actors;
  actors['worker elsewhere'] = actors.worker.as(actors.worker.token, ELSEWHERE);
  return { actors, owner };
}
