import { beforeAll, describe, expect, test } from '@jest/globals';
import { inbox } from '../../projections/inbox.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { receipts } from '../../projections/receipts.js';
import { records } from '../../projections/records.js';
import { registrations } from '../../projections/registrations.js';
import { reminders } from '../../projections/reminders.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import { accountDecider } from '../../src/account/account.decider.js';
import type { AccountEvent } from '../../src/account/account.events.js';
import { LogVerifier } from '../../src/audit/verify-log.js';
import type { DomainEvent, Recorded, StreamKind } from '../../src/core/decider.js';
import { linkHash } from '../../src/core/hash-chain.js';
import { referralDecider } from '../../src/referral/referral.decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { emptyView, evolveView } from '../../src/referral/referral.view.js';
import { allKinds, goldenKeys, goldenLines, goldenLog, recordOf, type GoldenLine } from './golden.js';

type AnyProjection = Projection<ViewDocument, ReferralEvent>;

const lines = goldenLines();
const log = goldenLog(goldenKeys());
let kinds: StreamKind<DomainEvent>[];
beforeAll(async () => void (kinds = await allKinds()));

const projections = [savedForms, submittedForms, inbox, receipts, reminders, records] as unknown as Projection<
  ViewDocument,
  ReferralEvent
>[];

const kindOf = ({ stream }: GoldenLine) => kinds.find(({ category }) => stream.startsWith(`${category}-`))!;
const open = (line: GoldenLine) => log.open(kindOf(line), recordOf(line));
const named = lines.map((line): [string, GoldenLine] => [line.type, line]);

describe('the golden log', () => {
  test('has a line of every type of fact that there is (npm run golden adds what is missing)', () => {
    const types = kinds.flatMap(({ clear }) => Object.keys(clear)).sort();
    expect([...new Set(lines.map(({ type }) => type))].sort()).toEqual(types);
  });

  test.each(named)('%s opens to what it said when it was written', async (_type, line) => {
    const { upcast: _none, ...asWritten } = kindOf(line);
    const fact = await log.open(asWritten, recordOf(line));
    expect(fact).toMatchObject({ erased: false, data: line.opened, stream: line.stream, revision: line.revision });
  });

  test.each(named)('%s has the hash that its bytes give', (_type, { stream, revision, type, data, metadata }) => {
    const { hash, ...unlinked } = metadata;
    const texts = { data: JSON.stringify(data), metadata: JSON.stringify(unlinked) };
    expect(linkHash({ previousHash: String(unlinked.previousHash), stream, revision, type, ...texts })).toBe(hash);
  });

  test('the verifier takes its lines for what this product wrote', () => {
    const nothing = {
      roots: 0,
      newest: null,
      position: 0n,
      restored: null,
      root: '',
      tree: { size: 0, subtrees: [] },
      heads: new Map(),
      erased: new Map(),
      problems: [],
    };
    const verifier = new LogVerifier(nothing);
    for (const { stream, revision, id, type, data, metadata } of lines.filter((line) => line.revision === 0)) {
      verifier.take({
        position: null,
        stream,
        revision,
        id,
        type,
        isJson: true,
        data: JSON.stringify(data),
        metadata: JSON.stringify(metadata),
      });
    }
    expect(verifier.end()).toMatchObject({ intact: true });
  });

  test('is folded, through the upcasters, into every state and read model there is', async () => {
    const facts = await Promise.all(lines.map(open));
    const referral = facts.filter(({ stream }) =>
      stream.startsWith('referral-'),
    ) as unknown as Recorded<ReferralEvent>[];
    const account = facts.filter(({ stream }) => stream.startsWith('account-')) as unknown as Recorded<AccountEvent>[];
    expect(() =>
      account.reduce((state, fact) => accountDecider.evolve(state, fact), accountDecider.initialState),
    ).not.toThrow();
    expect(() =>
      referral.reduce((state, fact) => referralDecider.evolve(state, fact), referralDecider.initialState),
    ).not.toThrow();
    expect(() => referral.reduce(evolveView, emptyView('r'))).not.toThrow();
    for (const projection of projections) {
      const inOrder = [...referral].sort((a, b) => order(a.type) - order(b.type));
      expect(() =>
        inOrder.reduce<readonly ViewDocument[]>((documents, fact) => projection.fold(documents, fact), []),
      ).not.toThrow();
    }
  });
});

describe.each([...projections, registrations as unknown as AnyProjection])('the read model $name', (projection) => {
  test('is changed by no fact but those that it says it takes, and keeps to one document where it says so', async () => {
    const own = lines.filter(({ stream }) => stream.startsWith(`${projection.kind.category}-`));
    const facts = (await Promise.all(own.map(open))).sort((a, b) => order(a.type) - order(b.type));
    const changing = new Set<string>();
    let documents: readonly ViewDocument[] = [];
    for (const golden of facts) {
      // With a day to answer by, so that every read model has something.
      const dueOn = '2026-12-04';
      const fact = golden.type === 'InformationRequested' ? { ...golden, data: { ...golden.data, dueOn } } : golden;
      // What ends a stream is tried on every state, and leaves it as it was for the next.
      const after = projection.fold(documents, fact as Recorded<ReferralEvent>);
      const same = after.length === documents.length && after.every((one, n) => one === documents[n]);
      if (!same) changing.add(fact.type);
      if (projection.idOf) expect(after.length).toBeLessThanOrEqual(1);
      if (after.length > 0) documents = after;
    }
    expect([...changing].filter((type) => !projection.takes.has(type as ReferralEvent['type']))).toEqual([]);
    expect(changing.size).toBeGreaterThan(1);
  });
});

describe('the endings of a read model', () => {
  const withEndings = projections.filter(({ endings }) => endings);

  test.each(withEndings)('leave nothing of what came before them in $name', async (projection) => {
    const own = lines.filter(({ stream }) => stream.startsWith('referral-'));
    // What is in a referral's stream the kinds of all streams together cannot say.
    const opened = (await Promise.all(own.map(open))) as unknown as Recorded<ReferralEvent>[];
    const facts = opened.sort((a, b) => order(a.type) - order(b.type));
    const begun = projection.fold([], facts[0]!);
    const tried = facts.filter(({ type }) => projection.endings!.has(type));
    expect(new Set(tried.map(({ type }) => type))).toEqual(projection.endings);
    for (const fact of tried) expect(projection.fold(begun, fact)).toEqual(projection.fold([], fact));
    expect(begun).toHaveLength(1);
  });
});

/** What must come before the others, so that they find what they are about. */
function order(type: string): number {
  return ['FormStarted', 'FormSubmitted', 'InformationRequested'].indexOf(type) + 1 || 9;
}
