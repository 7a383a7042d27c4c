import type { Council } from '../../council/council.js';
import { sampleAnswers } from '../../council/sample-answers.js';
import { derivedId } from '../../core/ids.js';
import { ApiProblem, type Api } from '../demo/api.js';
import { patiently } from './patient.js';
import { family } from './people.js';
import type { Referrer } from './referrers.js';

export interface Cast {
  council: Council;
  referrer: Referrer;
  worker: Api;
}

/** Each asks for no more than the next step needs: what is not asked for is not worked out. */
const ask = {
  startForm: 'mutation($input: StartFormInput!){startForm(input:$input){id}}',
  saveForm: 'mutation($input: SaveFormInput!){saveForm(input:$input){id}}',
  submitForm: `mutation($commandId: ID!, $id: ID!, $expectedRevision: Int!){
    submitForm(commandId:$commandId, id:$id, expectedRevision:$expectedRevision){reference}}`,
  startContact: `mutation($commandId: ID!, $reference: String!, $expectedRevision: Int!){
    startContact(commandId:$commandId, reference:$reference, expectedRevision:$expectedRevision){reference}}`,
  returnForInformation: 'mutation($input: ReturnInput!){returnForInformation(input:$input){reference}}',
  respond: 'mutation($input: RespondInput!){respond(input:$input){reference}}',
};
/** A form as it was begun, and a referral as it was sent. Said, not asked: a repeated command says the same again. */
const FIRST = 1;

/**
 * One form, from its beginning as far as chance has it come: a tenth stay saved; of what is sent a third is in contact, a
 * tenth returned for more information, a third answered. The same name and chances give the same form; one that was sent
 * by an earlier seed stays as it is.
 */
export async function seedReferral(cast: Cast, name: string, next: () => number): Promise<void> {
  const { council, referrer, worker } = cast;
  const id = (step: string) => derivedId(name, step);
  const all = council.formGroups.flatMap((group) => group.forms.map((summary) => council.form(summary.id)!));
  // Those that ask for a fresh log-in each would need a mailed code for every single one.
  const forms = all.filter(({ freshLogIn }) => !freshLogIn);
  const form = forms[Math.floor(next() * forms.length)]!;
  const { api, account } = referrer;
  const subjects = family(next, form.subjects.max, name);
  const begun = await started(api, { commandId: id('start'), formId: form.id });
  if (!begun) return;
  const answersPatch = sampleAnswers(form, subjects, account);
  const change = { id: begun.id, expectedRevision: FIRST, subjects, answersPatch };
  await patiently(api, ask.saveForm, { input: { commandId: id('save'), ...change } });
  if (next() < 0.1) return;
  const submission = { commandId: id('submit'), id: begun.id, expectedRevision: FIRST + 1 };
  const { reference } = await patiently<{ reference: string }>(api, ask.submitForm, submission);
  const fate = next();
  if (fate < 0.25) return;
  const about = (step: string) => ({ commandId: id(step), reference, expectedRevision: FIRST });
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

/** Undefined where it was begun before, and has been sent since. */
async function started(api: Api, input: { commandId: string; formId: string }): Promise<{ id: string } | undefined> {
  try {
    return await patiently<{ id: string }>(api, ask.startForm, { input });
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'FORM_ENDED') return undefined;
    throw error;
  }
}
