import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { incompatibilities } from '../../projections/kafka/compatibility.js';
import { publicEvent, publicFacts, publicTypes, type PublicEvent } from '../../projections/kafka/contract.js';
import { contractFiles } from '../../projections/kafka/documents.js';
import { submissionOf, type Submission } from '../../projections/kafka/submissions.js';
import type { Recorded } from '../../src/core/decider.js';
import { projectRoot } from '../../src/core/project-root.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import {
  amending,
  contactStarted,
  erased,
  firstRequest,
  formSubmitted,
  holdLifted,
  holdPlaced,
  informationRequested,
  isla,
  noah,
  receipt,
  REFERENCE,
  requestRetracted,
  responsePosted,
  resubmitted,
  secondRequest,
} from '../deciders/referral-story.js';
import { told, withoutKey } from '../projections/twice.js';
import { NOON } from '../support/given.js';
import { expectContract } from './schemas.js';

const publicUrl = 'https://api.example.org';

/** One referral's whole life, told in every public fact. */
const life = [
  ...resubmitted,
  contactStarted(4),
  informationRequested({ requestId: secondRequest, version: 2, revision: 5 }),
  requestRetracted(6, secondRequest),
  receipt(1),
  receipt(2),
  responsePosted(7, [isla], false),
  responsePosted(8, [noah], true, { message: 'Ring Wendy.' }),
  holdPlaced,
  holdLifted,
  erased,
];

function events(facts: Recorded<ReferralEvent>[], full: boolean): PublicEvent[] {
  const submissions = facts.flatMap((fact): Submission[] =>
    fact.type === 'FormSubmitted' ? [{ ...fact.data, submittedAt: fact.at, revision: fact.revision }] : [],
  );
  return facts.flatMap((fact) => publicEvent(fact, submissionOf(fact, submissions), { publicUrl, full }) ?? []);
}

describe.each([
  ['thin', false],
  ['full', true],
])('%s events', (_name, full) => {
  const made = events(told(...life), full);

  test('are made of the public facts, in their order, and of nothing before the submission', () => {
    expect(made.map(({ type }) => type.replace(/^referral\.|\.v1$/g, ''))).toEqual([
      'submitted',
      'information-requested',
      'resubmitted',
      'contact-started',
      'information-requested',
      'information-request-retracted',
      'receipt-acknowledged',
      'receipt-acknowledged',
      'responded',
      'responded',
      'erased',
    ]);
    expect([...new Set(made.map(({ type }) => type))].sort()).toEqual([...publicTypes].sort());
    expect(events(told(...amending.slice(0, 2)), full)).toEqual([]);
  });

  test('are what their schemas say, whole or with the key destroyed', () => {
    for (const event of made) expectContract(event);
    const unreadable = told(...life).map((fact) => withoutKey(referralKind, fact));
    const thin = events(unreadable, full);
    expect(thin).toHaveLength(made.length);
    for (const event of thin) expectContract(event);
  });

  test('carry the fact’s own id: the same fact gives the same event', () => {
    const facts = told(...life).filter(({ type }) => publicFacts.has(type));
    expect(made.map(({ id }) => id)).toEqual(facts.map(({ id }) => id));
    expect(events(told(...life), full)).toEqual(made);
  });
});

test('a thin event says which referral, and nothing personal', () => {
  const [first] = events(told(...life), false);
  expect(first).toMatchObject({
    source: '/councils/lancashire',
    subject: REFERENCE,
    time: NOON,
    data: {
      reference: REFERENCE,
      council: 'lancashire',
      version: 1,
      formId: 'request-for-support',
      formVersion: 1,
      subjectIds: [isla.id, noah.id],
      submittedAt: NOON,
      revision: 1,
      requestId: null,
      fetch: { url: 'https://api.example.org/graphql', query: expect.stringContaining(REFERENCE) },
    },
  });
  expect(JSON.stringify(events(told(...life), false))).not.toMatch(
    /Isla|Noah|Hargreaves|Castellane|Amira|example\.org"|school|Wendy|Family Intensive|Found it|Received|M-1|Asked for/,
  );
});

test('a full event adds what was sent, asked and answered', () => {
  const [submitted, requested, , , , retracted, acknowledged, , , responded] = events(told(...life), true);
  expect(submitted!.data).toMatchObject({
    personalData: 'included',
    referrer: { forename: 'Amira' },
    subjects: [{ forename: 'Isla' }, { forename: 'Noah' }],
    answers: { you: { name: 'Amira' } },
  });
  expect(requested!.data).toMatchObject({ comments: 'Which school?', questions: [{ note: 'Name it' }] });
  expect(retracted!.data).toMatchObject({ reason: 'Found it in the file.' });
  expect(acknowledged!.data).toMatchObject({ externalId: 'M-1' });
  expect(responded!.data).toMatchObject({ subjectIds: [noah.id], message: 'Ring Wendy.', final: true });
});

test('a full event says why it holds nothing personal', () => {
  const facts = told(...life).map((fact) => withoutKey(referralKind, fact));
  const [gone] = events(facts, true);
  expect(gone!.data).toMatchObject({ personalData: 'erased' });
  expect(gone!.data).not.toHaveProperty('answers');
  const answers = { you: { name: 'é'.repeat(400_000) } };
  const [large] = events(told(formSubmitted({ answers })), true);
  expectContract(large!);
  expect(large!.data).toMatchObject({ personalData: 'too-large' });
  expect(JSON.stringify(large).length).toBeLessThan(2_000);
});

test('what is about an earlier version names that version’s form', () => {
  const again = formSubmitted({
    version: 2,
    requestId: firstRequest,
    revision: 3,
    formId: 'other-form',
    formVersion: 7,
  });
  const made = events(told(...amending, again, receipt(1), receipt(2), contactStarted(4)), false);
  const forms = made.slice(-3).map(({ data: { version, formId, formVersion } }) => [version, formId, formVersion]);
  expect(forms).toEqual([
    [1, 'request-for-support', 1],
    [2, 'other-form', 7],
    [2, 'other-form', 7],
  ]);
});

describe('deploy/contracts', () => {
  const folder = join(projectRoot, 'deploy/contracts');
  const published = (name: string, text: string): unknown => (name.endsWith('.yaml') ? parse(text) : JSON.parse(text));

  test('is what the code says (npm run contracts)', () => {
    const files = contractFiles();
    expect(readdirSync(folder).sort()).toEqual([...files.keys()].sort());
    for (const [name, text] of files) {
      expect(published(name, readFileSync(join(folder, name), 'utf8'))).toEqual(published(name, text));
    }
  });

  test('keeps every promise that any earlier commit made', () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' });
    let commits: string[];
    try {
      commits = git('log', '--format=%H', '--', 'deploy/contracts').split('\n').filter(Boolean);
    } catch {
      console.warn('SKIPPED: there is no git history here to compare the contracts with');
      return;
    }
    const files = contractFiles();
    for (const commit of commits) {
      const names = git('ls-tree', '--name-only', commit, 'deploy/contracts/').split('\n').filter(Boolean);
      for (const path of names.filter((name) => name.endsWith('.json'))) {
        const name = path.slice('deploy/contracts/'.length);
        const before: unknown = JSON.parse(git('show', `${commit}:${path}`));
        const now: unknown = JSON.parse(files.get(name) ?? 'null');
        expect({ commit, name, broken: incompatibilities(before, now) }).toEqual({ commit, name, broken: [] });
      }
    }
  });

  test('points at nothing that is not there', () => {
    const document = published('asyncapi.yaml', contractFiles().get('asyncapi.yaml')!);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]*)"/g)].map(([, path]) => path!);
    expect(references.length).toBeGreaterThan(40);
    for (const path of references) {
      const found = path
        .split('/')
        .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], document);
      expect({ path, found: typeof found }).toEqual({ path, found: 'object' });
    }
  });
});

describe('a published schema', () => {
  /** What is changed in a copy is not of one type. */
  type Copy = ReturnType<typeof JSON.parse>;
  const schema = {
    type: 'object',
    properties: {
      a: { type: 'string' },
      b: { type: ['string', 'null'], enum: ['x', 'y'] },
      c: { type: 'array', items: { type: 'object', properties: { d: { type: 'integer' } }, required: ['d'] } },
    },
    required: ['a'],
  };
  const changed = (change: (copy: Copy) => void) => {
    const copy: Copy = JSON.parse(JSON.stringify(schema));
    change(copy);
    return incompatibilities(schema, copy);
  };

  test('may get an optional member, other words and another order', () => {
    expect(changed(() => undefined)).toEqual([]);
    expect(changed((copy) => (copy.properties.e = { type: 'string' }))).toEqual([]);
    expect(changed((copy) => (copy.properties.c.items.properties.e = { type: 'string' }))).toEqual([]);
    expect(changed((copy) => (copy.properties.a.description = 'Said better.'))).toEqual([]);
    expect(changed((copy) => (copy.properties.b.type = ['null', 'string']))).toEqual([]);
  });

  test.each<[string, (copy: Copy) => void, string]>([
    ['lose a member', (copy) => delete copy.properties.b, '/b was removed'],
    ['lose one deep inside', (copy) => delete copy.properties.c.items.properties.d, '/c/items/d was removed'],
    ['retype one', (copy) => (copy.properties.a.type = 'integer'), '/a/type was changed'],
    ['widen one', (copy) => (copy.properties.a.type = ['string', 'null']), '/a/type was changed'],
    ['get another value', (copy) => copy.properties.b.enum.push('z'), '/b/enum was changed'],
    ['require one', (copy) => copy.required.push('b'), '/b became required'],
    ['require a new one', (copy) => copy.required.push('n'), '/n became required'],
    ['no longer promise one', (copy) => (copy.required = []), '/a is no longer always there'],
  ])('may not %s', (_what, change, broken) => expect(changed(change)).toContain(broken));

  test('may not vanish', () => expect(incompatibilities(schema, null)).toEqual(['/ is no schema']));
});
