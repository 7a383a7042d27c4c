import { LRUCache } from 'lru-cache';
import type { Recorded } from '../../src/core/decider.js';
import type { EventLog } from '../../src/core/event-log.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';

/** A version of a referral as it was sent, as far as it is stored in the clear. */
export interface Submission {
  reference: string;
  version: number;
  formId: string;
  formVersion: number;
  submittedAt: string;
  subjectIds: readonly string[];
  /** Its place in the stream. */
  revision: number;
}

/** A stream's submissions, complete up to a revision of the stream. */
interface Known {
  upTo: number;
  submissions: readonly Submission[];
}

/** How many referrals are kept in mind. Nothing in them is personal. */
const REMEMBERED = 10_000;

/** The submissions of referrals that were met lately: most facts say neither reference nor form. */
export class RememberedSubmissions {
  private readonly known = new LRUCache<string, Known>({ max: REMEMBERED });

  /** The submission that a fact is about; undefined for the facts of a form that was not submitted yet. */
  async about(log: EventLog, fact: Recorded<ReferralEvent>): Promise<Submission | undefined> {
    const submissions = await this.upTo(log, fact);
    return submissionOf(fact, submissions);
  }

  /** Tells of a fact that is about no submission: who is told of every fact need not read streams. */
  pass({ stream, revision }: { stream: string; revision: number }): void {
    const before = this.known.get(stream);
    if (before?.upTo === revision - 1) this.known.set(stream, { ...before, upTo: revision });
  }

  private async upTo(log: EventLog, fact: Recorded<ReferralEvent>): Promise<readonly Submission[]> {
    const { stream, revision } = fact;
    // Before the first version there can be no other.
    const first = fact.type === 'FormSubmitted' && fact.data.version === 1;
    const before = first ? { upTo: revision - 1, submissions: [] } : this.known.get(stream);
    const known = !before || before.upTo < revision - 1 ? await readKnown(log, stream) : before;
    const now = known.upTo >= revision ? known : { upTo: revision, submissions: added(known.submissions, fact) };
    this.known.set(stream, now);
    return now.submissions;
  }
}

/** The submission that a fact is about, among those of its stream: the one it names, or the newest before it. */
export function submissionOf(
  { type, data, revision }: Recorded<ReferralEvent>,
  submissions: readonly Submission[],
): Submission | undefined {
  const before = submissions.filter((one) => one.revision <= revision);
  const named = type === 'InformationRequested' || type === 'ReceiptAcknowledged' ? data.version : undefined;
  return before.findLast(({ version }) => named === undefined || version === named);
}

/** Reads the records only: what is needed is stored in the clear, and no key is asked for. */
async function readKnown(log: EventLog, stream: string): Promise<Known> {
  let known: Known = { upTo: -1, submissions: [] };
  for await (const { type, data, metadata, revision } of log.records(stream)) {
    const fact = { type, data, at: metadata.at, revision: Number(revision) } as unknown as Recorded<ReferralEvent>;
    known = { upTo: fact.revision, submissions: added(known.submissions, fact) };
  }
  return known;
}

function added(before: readonly Submission[], fact: Recorded<ReferralEvent>): readonly Submission[] {
  if (fact.type !== 'FormSubmitted') return before;
  const { reference, version, formId, formVersion, subjectIds } = fact.data;
  const { at: submittedAt, revision } = fact;
  return [...before, { reference, version, formId, formVersion, subjectIds, submittedAt, revision }];
}
