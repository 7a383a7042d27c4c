import type { Council } from '../../council/council.js';
import { sampleAnswers } from '../../council/sample-answers.js';
import { derivedId } from '../../core/ids.js';
import type { Api } from '../demo/api.js';
import { documents as ask } from '../demo/documents.js';
import { patiently } from './patient.js';
import { family } from './people.js';
import { randomOf } from './random.js';

export interface Cast {
  council: Council;
  referrer: { api: Api; account: { forename: string; surname: string; email: string; professional: boolean } };
  worker: Api;
}

/**
 * One form, from its beginning as far as chance has it come: a tenth stay saved; of what is sent a third is in contact, a
 * tenth returned for more information, a third answered. The same name and seed give the same form.
 */
export async function seedReferral({ council, referrer, worker }: Cast, name: string, seed: number): Promise<void> {
  const next = randomOf(seed);
  const id = (step: string) => derivedId(name, step);
  const all = council.formGroups.flatMap((group) => group.forms.map((summary) => council.form(summary.id)!));
  // Those that ask for a fresh log-in each would need a mailed code for every single one.
  const forms = all.filter(({ freshLogIn }) => !freshLogIn);
  const form = forms[Math.floor(next() * forms.length)]!;
  const { api, account } = referrer;
  const subjects = family(next, form.subjects.max, name);
  const begun = await patiently<Saved>(api, ask.startForm, { input: { commandId: id('start'), formId: form.id } });
  const answersPatch = sampleAnswers(form, subjects, account);
  const change = { id: begun.id, expectedRevision: begun.revision, subjects, answersPatch };
  const saved = await patiently<Saved>(api, ask.saveForm, { input: { commandId: id('save'), ...change } });
  if (next() < 0.1) return;
  const submission = { commandId: id('submit'), id: saved.id, expectedRevision: saved.revision };
  const { reference } = await patiently<{ reference: string }>(api, ask.submitForm, submission);
  const fate = next();
  if (fate < 0.25) return;
  const { revision } = await patiently<{ revision: number }>(worker, ask.referral, { reference });
  const about = (step: string) => ({ commandId: id(step), reference, expectedRevision: revision });
  if (fate < 0.55) {
    await patiently(worker, ask.startContact, about('contact'));
  } else if (fate < 0.65) {
    const reasonCode = council.informationReasons[0]!.code;
    const input = { ...about('return'), reasonCode, comments: 'Please tell us who else is helping at the moment.' };
    await patiently(worker, ask.returnForInformation, { input });
  } else {
    const outcomeCode = council.outcomes[Math.floor(next() * council.outcomes.length)]!.code;
    await patiently(worker, ask.respond, { input: { ...about('respond'), outcomeCode, final: next() < 0.8 } });
  }
}

interface Saved {
  id: string;
  revision: number;
}
