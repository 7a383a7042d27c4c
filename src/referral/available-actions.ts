import { isClosed, type StatusFacts } from './referral-status.js';

/** What the council's side may do to a referral: the names of the API's mutations. */
export const staffActions = [
  'startContact',
  'returnForInformation',
  'retractInformationRequest',
  'respond',
  'acknowledgeReceipt',
] as const;
export type StaffAction = (typeof staffActions)[number];

export interface AvailableAction {
  action: StaffAction;
  allowed: boolean;
  /** Why not, as a sentence for the person at the screen; null where it is allowed. */
  reason: string | null;
}

/** Why the action cannot be taken now, or null where it can. Decisions and the list of actions both ask here. */
export function whyNot(action: StaffAction, state: StatusFacts): string | null {
  if (state.erased) return 'This referral was erased.';
  if (!state.submission) return 'This referral has not been submitted.';
  if (action === 'acknowledgeReceipt') return null;
  if (action === 'retractInformationRequest') return state.request ? null : 'No request for information is open.';
  if (state.request) return 'Information was requested: wait for the answer, or retract the request first.';
  if (isClosed(state)) return 'The contact has ended for everyone in this referral.';
  if (action === 'startContact' && state.contactStarted) return 'The contact has started already.';
  return null;
}

export function availableActions(state: StatusFacts, mayAct: boolean): AvailableAction[] {
  return staffActions.map((action) => {
    const reason = mayAct ? whyNot(action, state) : 'Your role may read but not act.';
    return { action, allowed: reason === null, reason };
  });
}
