/** The contract's ReferralStatus, worked out from what happened: it is stored nowhere. */
export type ReferralStatus = 'SUBMITTED' | 'IN_CONTACT' | 'INFORMATION_REQUESTED' | 'RESPONDED' | 'CLOSED' | 'ERASED';

/** What the status follows from. */
export interface StatusFacts {
  erased: boolean;
  request: object | null;
  contactStarted: boolean;
  /** The subjects of the newest version. */
  submission: { subjects: readonly { id: string }[] } | null;
  responses: Readonly<Record<string, { final: boolean }>>;
}

/** Whether every subject of the newest version has had its last response. */
export function isClosed({ submission, responses }: StatusFacts): boolean {
  const subjects = submission?.subjects ?? [];
  return subjects.length > 0 && subjects.every(({ id }) => responses[id]?.final);
}

export function referralStatus(facts: StatusFacts): ReferralStatus {
  if (facts.erased) return 'ERASED';
  if (facts.request) return 'INFORMATION_REQUESTED';
  if (isClosed(facts)) return 'CLOSED';
  const responded = facts.submission?.subjects.some(({ id }) => facts.responses[id]);
  return responded ? 'RESPONDED' : withoutResponse(facts);
}

/** One subject's own status: children of one referral can be further than each other. */
export function subjectStatus(facts: StatusFacts, subjectId: string): ReferralStatus {
  if (facts.erased) return 'ERASED';
  const response = facts.responses[subjectId];
  if (response?.final) return 'CLOSED';
  if (facts.request) return 'INFORMATION_REQUESTED';
  return response ? 'RESPONDED' : withoutResponse(facts);
}

function withoutResponse({ contactStarted }: StatusFacts): ReferralStatus {
  return contactStarted ? 'IN_CONTACT' : 'SUBMITTED';
}

/** When a referral came to rest: every person in its newest version was responded to, and nothing is asked for. */
export interface Rest {
  /** The newest version that a response was about. */
  respondedVersion: number;
  /** ISO text; null while something is still to be done. Retention is counted from here. */
  settledAt: string | null;
}

export const unrest: Rest = { respondedVersion: 0, settledAt: null };

/** Whether a referral is at rest after a response or a retraction of that instant. */
export function restAfter(
  at: string,
  respondedVersion: number,
  {
    request,
    submission,
    responses,
  }: Pick<StatusFacts, 'request' | 'responses'> & {
    submission: { version: number; subjects: readonly { id: string }[] } | null;
  },
): Rest {
  const all = submission !== null && submission.subjects.every(({ id }) => responses[id]);
  const settled = all && !request && respondedVersion === submission.version;
  return { respondedVersion, settledAt: settled ? at : null };
}
