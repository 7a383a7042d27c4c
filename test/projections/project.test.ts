import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MongoClient, type Collection, type Db } from 'mongodb';
import { Checkpoints } from '../../projections/checkpoints.js';
import { inbox } from '../../projections/inbox.js';
import { createIndexes, project } from '../../projections/project.js';
import type { Projection, ViewDocument } from '../../projections/projection.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import type { Recorded } from '../../src/core/decider.js';
import { isTransient } from '../../src/core/transient-errors.js';
import { referralKind, type ReferralEvent } from '../../src/referral/referral.events.js';
import { recorded, type Fact } from '../support/given.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { startReplies, type ChangeReply } from '../support/mongo-replies.js';
import { startWriteGate } from '../support/write-gate.js';
import {
  amending,
  announced,
  answersSaved,
  begun,
  contactStarted,
  discarded,
  erased,
  firstRequest,
  formSubmitted,
  informationRequested,
  isla,
  noah,
  REFERRAL,
  requestRetracted,
  responsePosted,
  resubmitted,
  secondRequest,
  sent,
  subjectsNamed,
} from '../deciders/referral-story.js';
import { withoutKey } from './twice.js';
import { runs } from '../support/runs.js';

type Facts = Recorded<ReferralEvent>[];
const projections = [savedForms, submittedForms, inbox] as unknown as Projection<ViewDocument, ReferralEvent>[];

/** Referrals that went different ways. The last was erased, and what is read of it is read without its key. */
const stories: Fact<ReferralEvent>[][] = [
  [...begun, announced(), answersSaved(3, { you: { age: 7 } })],
  [...begun, discarded()],
  [...sent, contactStarted(), responsePosted(3, [isla], true), responsePosted(4, [noah], true)],
  [...amending, subjectsNamed(4, isla), answersSaved(5, { you: { name: 'I.' } })],
  [...resubmitted, responsePosted(4, [isla], false), responsePosted(5, [isla], true)],
  [
    ...amending,
    requestRetracted(),
    contactStarted(4),
    informationRequested({ requestId: secondRequest, revision: 5 }),
    formSubmitted({ version: 2, requestId: secondRequest, revision: 6, subjects: [isla], subjectIds: [isla.id] }),
  ],
  [...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3 }), erased],
];
const streams: Facts[] = stories.map((story, n) => {
  // Requests are named after their referral.
  const own = JSON.parse(JSON.stringify(story).replaceAll(REFERRAL, `r${n}`)) as typeof story;
  const facts = recorded(own, `referral-r${n}`);
  return story.includes(erased) ? facts.map((fact) => withoutKey(referralKind, fact)) : facts;
});

let mongo: StartedMongo;
let client: MongoClient;
let views: Db;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
  views = client.db('views');
  for (const projection of projections) await createIndexes(projection, views);
});
beforeEach(async () => {
  for (const { name } of projections) await views.collection(name).deleteMany({});
});
afterAll(async () => {
  await client?.close();
  await mongo?.stop();
});

const collection = ({ name }: { name: string }, db = views): Collection<ViewDocument> => db.collection(name);
/** What the lists show: every one of them asks by council. Which documents were written alone is the batches' doing. */
const documents = async (projection: { name: string }) =>
  collection(projection)
    .find<ViewDocument>({ council: 'lancashire' }, { projection: { alone: 0 } })
    .sort({ _id: 1 })
    .toArray();

/** What one pass over all facts, stream after stream, leaves in a read model. */
async function cleanPass(facts: Facts = streams.flat()): Promise<Record<string, ViewDocument[]>> {
  const left: Record<string, ViewDocument[]> = {};
  for (const projection of projections) {
    await collection(projection).deleteMany({});
    await project(projection, collection(projection), facts);
    left[projection.name] = await documents(projection);
    await collection(projection).deleteMany({});
  }
  return left;
}

/** The facts in an order of the log: each stream in its own order, the streams mixed. */
const mixed = (seed: number): Facts => {
  const left = streams.map((facts) => [...facts]);
  const random = generator(seed);
  const log: Facts = [];
  while (left.some((facts) => facts.length > 0)) {
    const waiting = left.filter((facts) => facts.length > 0);
    log.push(waiting[random(waiting.length)]!.shift()!);
  }
  return log;
};

/** Numbers below `limit` that follow from a seed (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mix = Math.imul(state ^ (state >>> 15), 1 | state);
    mix = (mix + Math.imul(mix ^ (mix >>> 7), 61 | mix)) ^ mix;
    return ((mix ^ (mix >>> 14)) >>> 0) % limit;
  };
}

describe.each(projections)('the read model $name', (projection) => {
  let clean: ViewDocument[];
  beforeEach(async () => void (clean = (await cleanPass())[projection.name]!));

  test('is the same where every fact is delivered one to five times and the streams are mixed', async () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = generator(seed);
      const delivered = mixed(seed).flatMap((fact) => Array.from({ length: 1 + random(5) }, () => fact));
      await collection(projection).deleteMany({});
      while (delivered.length > 0) {
        await project(projection, collection(projection), delivered.splice(0, 1 + random(delivered.length)));
      }
      expect({ seed, left: await documents(projection) }).toEqual({ seed, left: clean });
    }
  });

  test('is the same where a batch is cut anywhere and what follows any older checkpoint comes again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 1000 }), fc.nat({ max: 1000 }), fc.nat(), async (some, older, seed) => {
        const log = mixed(seed);
        const cut = some % (log.length + 1);
        const checkpoint = older % (cut + 1);
        await collection(projection).deleteMany({});
        await project(projection, collection(projection), log.slice(0, cut));
        await project(projection, collection(projection), log.slice(checkpoint));
        expect(await documents(projection)).toEqual(clean);
      }),
      { seed: 20261120, numRuns: runs(60) },
    );
  });

  test('is the same in one batch and fact by fact', async () => {
    for (const fact of mixed(1)) await project(projection, collection(projection), [fact]);
    expect(await documents(projection)).toEqual(clean);
  });

  test('writes nothing where nothing changes', async () => {
    await project(projection, collection(projection), streams.flat());
    const before = await documents(projection);
    await project(projection, collection(projection), []);
    await project(projection, collection(projection), before.length > 0 ? streams[2]!.slice(-1) : []);
    expect(await documents(projection)).toEqual(before);
  });
});

test('the clean pass leaves something of every kind to compare', async () => {
  const clean = await cleanPass();
  expect(Object.fromEntries(Object.entries(clean).map(([name, left]) => [name, left.length]))).toEqual({
    'saved-forms': 2,
    'submitted-forms': 2 + (2 + 1) + 4 + (2 + 1),
    inbox: 5,
  });
});

describe('a writer that was held up', () => {
  const held = streams[4]!;
  /** Facts up to the first submission; those behind it are the other writer's. */
  const early = held.slice(0, 3);

  test.each(projections.filter(({ name }) => name !== 'saved-forms'))(
    'never overwrites the newer documents of $name',
    async (projection) => {
      const clean = (await cleanPass(held))[projection.name]!;
      const gate = await startWriteGate(mongo.port);
      const slow = await MongoClient.connect(gate.url);
      try {
        const late = project(projection, collection(projection, slow.db('views')), early);
        await Promise.race([gate.reached, late]);
        await project(projection, collection(projection), held);
        expect(await documents(projection)).toEqual(clean);
        gate.open();
        await late;
        expect(await documents(projection)).toEqual(clean);
      } finally {
        await slow.close();
        gate.close();
      }
    },
  );

  test('brings back no saved form of which the other was given its ending alone', async () => {
    const gate = await startWriteGate(mongo.port);
    const slow = await MongoClient.connect(gate.url);
    try {
      const late = project(savedForms, collection(savedForms, slow.db('views')), early.slice(0, 2));
      await Promise.race([gate.reached, late]);
      await project(savedForms, collection(savedForms), early.slice(2));
      gate.open();
      await late;
      expect(await documents(savedForms)).toEqual([]);
    } finally {
      await slow.close();
      gate.close();
    }
  });

  test('never deletes a document that was begun anew meanwhile', async () => {
    const anew = streams[3]!;
    await project(savedForms, collection(savedForms), anew.slice(0, 2));
    const gate = await startWriteGate(mongo.port);
    const slow = await MongoClient.connect(gate.url);
    try {
      // The submission takes the saved form away; its answer, begun meanwhile, stands under the same id.
      const late = project(savedForms, collection(savedForms, slow.db('views')), anew.slice(2, 3));
      await Promise.race([gate.reached, late]);
      await project(savedForms, collection(savedForms), anew);
      const newer = await documents(savedForms);
      expect(newer).toMatchObject([{ revision: anew.length - 1 }]);
      gate.open();
      await late;
      expect(await documents(savedForms)).toEqual(newer);
    } finally {
      await slow.close();
      gate.close();
    }
  });

  test('and one that is not leave the same, whichever comes first', async () => {
    const clean = (await cleanPass(held))[inbox.name]!;
    for (let round = 0; round < 30; round += 1) {
      await collection(inbox).deleteMany({});
      await Promise.all([1, 2, 3].map(() => project(inbox, collection(inbox), held)));
      expect(await documents(inbox)).toEqual(clean);
    }
  });
});

describe('a batch', () => {
  const notMet = { code: 64, codeName: 'WriteConcernFailed', errmsg: 'waiting for replication timed out' };
  const failing: [string, ChangeReply][] = [
    ['whose write concern was not met', (_command, reply) => ({ ...reply, writeConcernError: notMet })],
    [
      'that met a newer document while its write concern was not met',
      (_command, reply) => ({
        ...reply,
        writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000 duplicate key error' }],
        writeConcernError: notMet,
      }),
    ],
    ['whose connection broke before the reply', () => undefined],
    ['that a server refused while it stepped down', () => ({ ok: 0, code: 10107, errmsg: 'not primary' })],
  ];

  test.each(failing)('%s is an outage, and all of it is written when it comes again', async (_name, fails) => {
    const clean = (await cleanPass())['submitted-forms']!;
    const replies = await startReplies(mongo.port);
    const unlucky = await MongoClient.connect(replies.url, { retryWrites: false });
    try {
      const through = collection(submittedForms, unlucky.db('views'));
      replies.change = (command, reply) => (command === 'insert' ? fails(command, reply) : reply);
      const failed = await project(submittedForms, through, mixed(1)).catch((error: unknown) => error);
      expect(isTransient(failed)).toBe(true);
      replies.change = (_command, reply) => reply;
      await project(submittedForms, through, mixed(1));
      expect(await documents(submittedForms)).toEqual(clean);
    } finally {
      await unlucky.close();
      replies.close();
    }
  });
});

describe('a checkpoint', () => {
  test('is none until it is written, then the last one written, beyond what a number holds', async () => {
    const checkpoints = new Checkpoints(client.db('checkpoints'));
    expect(await checkpoints.read('inbox')).toBeUndefined();
    await checkpoints.write('inbox', 0n);
    expect(await checkpoints.read('inbox')).toBe(0n);
    await checkpoints.write('inbox', 2n ** 63n + 1n);
    await checkpoints.write('saved-forms', 7n);
    expect(await checkpoints.read('inbox')).toBe(2n ** 63n + 1n);
  });
});
