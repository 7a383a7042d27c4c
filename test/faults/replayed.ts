import type { Db } from 'mongodb';
import { inbox } from '../../projections/inbox.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { receipts } from '../../projections/receipts.js';
import { records } from '../../projections/records.js';
import { reminders } from '../../projections/reminders.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import type { Recorded } from '../../src/core/decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import type { Report } from './report.js';

type Fact = Recorded<ReferralEvent>;

/** Every read model there is. */
export const projections = [savedForms, submittedForms, inbox, receipts, reminders, records] as unknown as Projection<
  ViewDocument,
  ReferralEvent
>[];

export const DIFFERENT = 'read-model documents that differ from a replay';

/** What the pure fold makes of the facts of all streams, each once and in its stream's order: documents by id, as text. */
function replayed(projection: Projection<ViewDocument, ReferralEvent>, streams: Iterable<Fact[]>): Map<string, string> {
  const texts = new Map<string, string>();
  for (const facts of streams) {
    const documents = facts.reduce<readonly ViewDocument[]>((before, fact) => {
      const known = new Set(before);
      return projection.fold(before, fact).map((one) => (known.has(one) ? one : { ...one, revision: fact.revision }));
    }, []);
    for (const document of documents) texts.set(document._id, JSON.stringify(document));
  }
  return texts;
}

/** Holds every read model against the pure folds of all facts there are. */
export async function compareViews(views: Db, facts: readonly Fact[], report: Report): Promise<void> {
  report.none(DIFFERENT);
  const streams = new Map<string, Fact[]>();
  for (const fact of facts) {
    const own = streams.get(fact.stream);
    if (own) own.push(fact);
    else streams.set(fact.stream, [fact]);
  }
  for (const projection of projections) {
    const [kept, anew] = [await listed(views, projection.name), replayed(projection, streams.values())];
    for (const id of new Set([...kept.keys(), ...anew.keys()])) {
      report.check(kept.get(id) === anew.get(id), DIFFERENT, () => `${projection.name} ${id}`);
    }
    report.done(`documents of ${projection.name} compared with a replay`, anew.size);
  }
}

/** What lists can find; the marks of streams are the follower's own. */
async function listed(views: Db, name: string): Promise<Map<string, string>> {
  const found = views
    .collection<ViewDocument>(name)
    .find({ council: { $exists: true } } as object, { projection: { alone: 0 } });
  const texts = new Map<string, string>();
  for await (const document of found) texts.set(document._id, JSON.stringify(document));
  return texts;
}
