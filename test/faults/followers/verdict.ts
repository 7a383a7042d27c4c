import type { Db } from 'mongodb';
import { publicFacts, type PublicEvent } from '../../../projections/kafka/contract.js';
import { queueMails, RememberedContexts } from '../../../projections/mail/follower.js';
import { MailLedger } from '../../../projections/mail/ledger.js';
import { positionOf, readLogPage } from '../../../src/core/read-log.js';
import { systemClock } from '../../../src/core/clock.js';
import type { Recorded } from '../../../src/core/decider.js';
import { referralKind, type ReferralEvent } from '../../../src/referral/referral.events.js';
import type { FollowingWorld } from '../../support/following.js';
import type { Report } from '../report.js';

export const MAILS = 'mails that were called for and are missing from the ledger';
export const UNPUBLISHED = 'public events that were never published';
export const DISORDER = 'referrals whose events were published out of order';
export const KEYS = 'erasures whose key is still there';
export const PARKED = 'events that were parked although nothing is wrong with them';

/** Every fact of referrals in the log, opened, in its order. */
export async function allFacts({ client, log }: FollowingWorld): Promise<Recorded<ReferralEvent>[]> {
  const facts: Recorded<ReferralEvent>[] = [];
  for (let [after, ended] = [0n, false]; !ended;) {
    const page = await readLogPage(client, after, 1_000);
    const own = page.records.filter(({ streamId }) => streamId.startsWith('referral-'));
    facts.push(...(await Promise.all(own.map((record) => log.open(referralKind, record)))));
    after = page.records.length > 0 ? positionOf(page.records.at(-1)!) : after;
    ended = page.ended;
  }
  return facts;
}

/** Facts with which the data key of a referral goes. */
const ENDS = new Set<string>(['ReferralErased', 'FormDiscarded'] satisfies ReferralEvent['type'][]);

/** Holds the mail ledger against the mails that the facts call for. */
export async function compareMails(
  world: FollowingWorld,
  facts: readonly Recorded<ReferralEvent>[],
  report: Report,
): Promise<void> {
  report.none(MAILS);
  const vault = world.mongo.db(`mails_${Date.now()}`);
  const ledger = new MailLedger(vault, systemClock);
  const deps = { log: world.log, ledger, clock: systemClock, contexts: new RememberedContexts() };
  // Erased before its mail was chosen, nobody is left to write to: the mails of those are not compared.
  const gone = new Set(facts.filter(({ type }) => ENDS.has(type)).map(({ stream }) => stream));
  const lasting = facts.filter(({ stream }) => !gone.has(stream));
  for (const fact of lasting) await queueMails(deps, [fact]);
  const ids = async (database: Db) =>
    (
      await database
        .collection<{ _id: string }>('mails')
        .find({}, { projection: { _id: 1 } })
        .toArray()
    ).map(({ _id }) => _id);
  const [kept, called] = [new Set(await ids(world.vault)), new Set(await ids(vault))];
  for (const id of called) report.check(kept.has(id), MAILS, () => `missing ${id}`);
  report.done('mails called for, each once in the ledger', called.size);
  await vault.dropDatabase();
}

/** Holds what was published against the public facts: every one, and in the order of each referral. */
export function comparePublished(
  facts: readonly Recorded<ReferralEvent>[],
  published: readonly PublicEvent[],
  report: Report,
): void {
  report.none(UNPUBLISHED, DISORDER);
  const expected = new Map<string, string[]>();
  const streams = new Map<string, string>();
  for (const fact of facts) {
    if (fact.type === 'FormSubmitted') streams.set(fact.stream, fact.data.reference);
    const reference = streams.get(fact.stream);
    if (!publicFacts.has(fact.type) || !reference) continue;
    expected.set(reference, [...(expected.get(reference) ?? []), fact.id]);
  }
  const first = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const { id, subject } of published) {
    if (seen.has(id)) continue;
    seen.add(id);
    first.set(subject, [...(first.get(subject) ?? []), id]);
  }
  for (const [reference, ids] of expected) {
    for (const id of ids) report.check(seen.has(id), UNPUBLISHED, () => `${reference} ${id}`);
    const order = first.get(reference) ?? [];
    report.check(order.join() === ids.join(), DISORDER, () => reference);
  }
  report.done('public events published at least once', seen.size);
  report.done('of them again, told by their ids', published.length - seen.size);
}

/** Every erasure has ended: no key is left. */
export async function compareKeys(
  { vault }: FollowingWorld,
  facts: readonly Recorded<ReferralEvent>[],
  report: Report,
): Promise<void> {
  report.none(KEYS);
  const erased = new Set(facts.filter(({ type }) => type === 'ReferralErased').map(({ stream }) => stream));
  const keys = vault.collection<{ _id: string; wrapped?: Buffer }>('keys');
  for (const stream of erased) {
    const left = await keys.findOne({ _id: stream, wrapped: { $exists: true } });
    report.check(left === null, KEYS, () => stream);
  }
  report.done('referrals erased', erased.size);
}
