import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient, type Collection } from 'mongodb';
import { project } from '../../projections/project.js';
import type { ViewDocument } from '../../projections/projection.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import { amending, begun, erased, firstRequest, formSubmitted, resubmitted, sent } from '../deciders/referral-story.js';
import { startMongo, type StartedMongo } from '../support/mongo.js';
import { startWriteGate } from '../support/write-gate.js';
import { fold, told } from './twice.js';

let mongo: StartedMongo;
let client: MongoClient;
beforeAll(async () => {
  mongo = await startMongo();
  client = await MongoClient.connect(mongo.url);
});
afterAll(async () => {
  await client.close();
  await mongo.stop();
});

const views = (db: string, name: string) => client.db(db).collection<ViewDocument>(name);
const listed = (collection: Collection<ViewDocument>) =>
  collection
    .find({ council: 'lancashire' }, { projection: { alone: 0 } })
    .sort({ _id: 1 })
    .toArray();

describe('A read model whose writer was interrupted', () => {
  test('a batch of which any part was written is written whole when it comes again', async () => {
    const collection = views('half', 'submitted-forms');
    const facts = told(...resubmitted);
    await project(submittedForms, collection, facts.slice(0, -1));
    const before = await collection.find().toArray();
    await project(submittedForms, collection, facts.slice(-1));
    const after = await collection.find().toArray();
    const whole = await listed(collection);
    const { stream } = facts[0]!;
    const ids = [...new Set([...before, ...after].map(({ _id }) => _id))].filter((id) => id !== stream);
    for (let part = 0; part < 2 ** ids.length; part += 1) {
      const half = ids.flatMap((id, nth) => (part & (1 << nth) ? after : before).filter(({ _id }) => _id === id));
      await collection.deleteMany({});
      await collection.insertMany([...half, ...before.filter(({ _id }) => _id === stream)]);
      await project(submittedForms, collection, facts.slice(-1));
      expect({ part, list: await listed(collection) }).toEqual({ part, list: whole });
    }
  });

  test('of two rows one was written: the other comes', async () => {
    const collection = views('one-of-two', 'submitted-forms');
    const facts = told(...sent);
    await collection.insertOne(fold(submittedForms, facts)[0]!);
    await project(submittedForms, collection, facts);
    expect(await listed(collection)).toHaveLength(2);
  });

  test('facts that come again after an erasure, still readable, bring nothing back', async () => {
    const collection = views('erased', 'submitted-forms');
    const facts = told(...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3 }), erased);
    await project(submittedForms, collection, facts);
    await project(submittedForms, collection, facts.slice(3));
    expect(await listed(collection)).toEqual([]);
  });

  test('a writer that was held up does not bring back a form that was sent meanwhile', async () => {
    const gate = await startWriteGate(mongo.port);
    const slow = await MongoClient.connect(gate.url);
    const late = project(savedForms, slow.db('gate').collection<ViewDocument>('saved-forms'), told(...begun));
    await gate.reached;
    await project(savedForms, views('gate', 'saved-forms'), told(...sent));
    gate.open();
    await late;
    await slow.close();
    gate.close();
    expect(await listed(views('gate', 'saved-forms'))).toEqual([]);
  });
});
