import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import { project } from '../../projections/project.js';
import { savedForms } from '../../projections/saved-forms.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import { startMongo } from '../support/mongo.js';
import { amending, erased, firstRequest, formSubmitted, resubmitted, sent } from '../deciders/referral-story.js';
import { fold, told } from './twice.js';
let mongo: any; let client: MongoClient;
beforeAll(async () => { mongo = await startMongo(); client = await MongoClient.connect(mongo.url, { monitorCommands: true }); });
afterAll(async () => { await client.close(); await mongo.stop(); });
test('A: partial write: rows written, delete of the request lost', async () => {
  const c = client.db('a').collection<any>('submitted-forms');
  const facts = told(...resubmitted);
  await project(submittedForms, c, facts.slice(0, -1));
  const cmds: string[] = [];
  client.on('commandStarted', (e) => cmds.push(e.commandName));
  // what a crash between the driver's two commands leaves
  const request = await c.findOne({ kind: 'request' });
  await project(submittedForms, c, facts.slice(-1));
  console.log(cmds);
  await c.insertOne(request!);
  await project(submittedForms, c, facts.slice(-1));
  expect(await c.find({ kind: 'request' }).toArray()).toEqual([]);
});
test('B: partial write: one of two rows', async () => {
  const c = client.db('b').collection<any>('submitted-forms');
  const facts = told(...sent);
  await c.insertOne(fold(submittedForms, facts)[0] as any);
  await project(submittedForms, c, facts);
  expect(await c.countDocuments()).toBe(2);
});
test('D: redelivery after erasure, key still cached', async () => {
  const c = client.db('d').collection<any>('submitted-forms');
  const facts = told(...amending, formSubmitted({ version: 2, requestId: firstRequest, revision: 3 }), erased);
  await project(submittedForms, c, facts);
  await project(submittedForms, c, facts.slice(3));
  expect(await c.countDocuments()).toBe(0);
});
void savedForms;
