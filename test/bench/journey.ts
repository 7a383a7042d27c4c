import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Api } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { sampleAnswers } from '../../src/council/sample-answers.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import {
  councils,
  readReferral,
  registered,
  saveForm,
  startForm,
  submitForm,
  submittedForms,
} from '../support/people.js';
import { quantile, type Figure, type Options } from './measure.js';

const AT_ONCE = 20;
const SAVES = 5;
const COUNCIL = 'lancashire';
const OUTCOME = 'advice-and-guidance';
const form = councils().byId(COUNCIL)!.form('request-for-support')!;

/** Whole journeys, twenty at a time: begun, saved five times, submitted, responded to; then every mail sent. */
export async function journey({ seconds }: Options): Promise<Figure[]> {
  const frontdoor = await startFrontdoor();
  try {
    const worker = await frontdoor.staff(COUNCIL, 'worker');
    const referrers = await Promise.all(
      Array.from({ length: AT_ONCE }, async () => (await registered(frontdoor.visitor(COUNCIL))).api),
    );
    const settled: number[] = [];
    const lanes = async (until: number) => {
      const done = referrers.map(async (referrer) => {
        let journeys = 0;
        for (; performance.now() < until; journeys += 1) settled.push(...(await oneJourney(referrer, worker)));
        return journeys;
      });
      return (await Promise.all(done)).reduce((sum, journeys) => sum + journeys, 0);
    };
    // The first ones warm up.
    await lanes(performance.now() + seconds * 1_000);
    await mailsSent(frontdoor);
    settled.length = 0;
    const begun = performance.now();
    const journeys = await lanes(begun + seconds * 5_000);
    await mailsSent(frontdoor);
    const rate = journeys / ((performance.now() - begun) / 1_000);
    const note = `${journeys} journeys (start, ${SAVES} saves, submit, respond) at ${AT_ONCE} at once, until every mail was sent`;
    const [p50, p99] = [quantile(settled, 0.5), quantile(settled, 0.99)];
    return [
      { name: 'journey', value: rate, unit: '/s', note },
      {
        name: 'journey_settle',
        value: p99,
        unit: 'ms',
        p50,
        p99,
        bar: { most: 500 },
        note: 'until others see it, p99',
      },
    ];
  } finally {
    await frontdoor.stop();
  }
}

/** One journey; gives how long it took until the worker saw the submission, and the referrer the response: milliseconds. */
async function oneJourney(referrer: Api, worker: Api): Promise<number[]> {
  const subjects = [{ id: randomUUID(), forename: 'Violet', surname: 'Plant', dateOfBirth: '2014-03-09' }];
  const account = { forename: 'Lynn', surname: 'Robinson', email: 'lynn@example.org', professional: true };
  const pages = Object.entries(sampleAnswers(form, subjects, account));
  const each = Math.ceil(pages.length / SAVES);
  let saved = await startForm(referrer, form.id);
  for (let nth = 0; nth < SAVES; nth += 1) {
    const answersPatch = Object.fromEntries(pages.slice(nth * each, (nth + 1) * each));
    saved = await saveForm(referrer, saved, { answersPatch, ...(nth === 0 && { subjects }) });
  }
  const { reference } = await submitForm(referrer, saved);
  const shown = await until(async () => {
    const { edges } = await worker.ask<{ edges: unknown[] }>(ask.inbox, { reference });
    return edges.length > 0;
  });
  const { revision: expectedRevision } = await readReferral(worker, reference);
  const answer = { commandId: randomUUID(), reference, expectedRevision, outcomeCode: OUTCOME, final: true };
  await worker.ask(ask.respond, { input: answer });
  const answered = await until(async () => {
    const { recentlySubmitted } = await submittedForms(referrer);
    return recentlySubmitted.edges.some(({ node }) => node.reference === reference && node.sentBy !== null);
  });
  return [shown, answered];
}

/** How long it took until something held, in milliseconds. */
async function until(holds: () => Promise<boolean>): Promise<number> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > 30_000) throw new Error('It did not come true within thirty seconds.');
    await sleep(5);
  }
  return performance.now() - begun;
}

async function mailsSent({ dataDir }: Frontdoor): Promise<void> {
  const { views: url } = JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as { views: string };
  const client = await MongoClient.connect(url);
  const mails = client.db('frontdoor_vault').collection('mails');
  await until(async () => (await mails.countDocuments({ status: 'QUEUED' })) === 0);
  await client.close();
}
