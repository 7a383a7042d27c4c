import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiProblem, type Api, type Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { playDemo } from '../support/demo.js';
import { namedMongo } from '../support/engines.js';
import { startFrontdoor, type Frontdoor } from '../support/frontdoor.js';
import {
  filledForm,
  readReferral,
  registered,
  startForm,
  submitForm,
  submittedForms,
  until,
  type Registered,
  type SavedForm,
} from '../support/people.js';

/** Six seconds, and one until the next look (projections/lease.ts, follow.ts): milliseconds. */
const LEASES_RUN_OUT = 7_500;

let frontdoor: Frontdoor;
beforeAll(async () => {
  frontdoor = await startFrontdoor();
});
afterAll(() => frontdoor.stop());

describe('Killed at any moment and started again', () => {
  test('everything acknowledged is there, views go on from their checkpoints, and no mail is lost', async () => {
    const person = await registered(frontdoor.visitor('lancashire'));
    const kept: { form: SavedForm; note: string }[] = [];
    const sent: string[] = [];
    for (let cycle = 0; cycle < 5; cycle += 1) {
      const writers = Array.from({ length: 8 }, (_, nth) =>
        writeUntilGone(person, `cycle ${cycle}, writer ${nth}`, kept, sent),
      );
      // Some way into the writing, never at the same place.
      await until(async () => kept.length + sent.length >= (cycle + 1) * 37);
      await frontdoor.kill();
      await Promise.all(writers);
      await frontdoor.restart();
    }
    expect(kept.length).toBeGreaterThan(20);
    expect(sent.length).toBeGreaterThan(3);
    for (const { form, note } of kept) {
      const found = await person.api.ask<SavedForm & { answers: Json }>(ask.savedForm, { id: form.id });
      expect(found.revision).toBeGreaterThanOrEqual(form.revision);
      if (found.revision === form.revision) expect(JSON.stringify(found.answers)).toContain(note);
    }
    const worker = await frontdoor.staff('lancashire', 'worker');
    for (const reference of sent) {
      await until(async () => {
        const { mails } = await readReferral(worker, reference);
        return mails.some(({ kind, status }) => kind === 'submission-confirmation' && status === 'SENT');
      });
      expect(await confirmationsOf(person, reference)).toBeGreaterThanOrEqual(1);
    }
    await until(async () => (await submittedForms(person.api)).recentlySubmitted.totalCount >= sent.length);
    const audit = await frontdoor.staff('lancashire', 'auditor');
    for (const reference of sent) {
      const { verification } = await audit.ask<{ verification: Json }>(ask.history, { reference });
      expect(verification).toMatchObject({ intact: true });
    }
  });

  test('the demo passes on data that has been through it, and again after another crash', async () => {
    expect(await playDemo(frontdoor)).toMatch(/demo: \d{3} checks passed, 0 failed/);
    await frontdoor.kill();
    await frontdoor.restart();
    // On a MongoDB that is not its own it cannot know that who holds its followers' leases is no more: they run out.
    if (namedMongo()) await sleep(LEASES_RUN_OUT);
    expect(await playDemo(frontdoor)).toMatch(/demo: \d{3} checks passed, 0 failed/);
  });
});

/** Saves and submits one form after another until the server is gone; notes what was acknowledged. */
async function writeUntilGone(
  { api }: Registered,
  writer: string,
  kept: { form: SavedForm; note: string }[],
  sent: string[],
): Promise<void> {
  try {
    for (let nth = 0; ; nth += 1) {
      let form: SavedForm = await startForm(api, 'request-for-support');
      for (let save = 0; save < 2; save += 1) {
        const note = `${writer}, form ${nth}, save ${save}`;
        form = await saveNote(api, form, note);
        kept.push({ form, note });
      }
      sent.push((await submitForm(api, await filledForm(api, 'request-for-support', ['Violet']))).reference);
    }
  } catch (error) {
    // The connection broke: what was not acknowledged may be there or not. A problem is none of a crash's making.
    if (error instanceof ApiProblem) throw error;
  }
}

function saveNote(api: Api, { id, revision }: SavedForm, note: string): Promise<SavedForm & Json> {
  const answersPatch = { yourDetails: { organisation: note } };
  return api.ask<SavedForm & Json>(ask.saveForm, {
    input: { commandId: randomUUID(), id, expectedRevision: revision, answersPatch },
  });
}

async function confirmationsOf({ email }: Registered, reference: string): Promise<number> {
  const reply = await fetch(`${frontdoor.base}/mailbox.json?to=${encodeURIComponent(email)}&limit=1000`);
  return ((await reply.json()) as { text: string }[]).filter(({ text }) => text.includes(reference)).length;
}
