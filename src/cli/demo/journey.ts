import { randomUUID } from 'node:crypto';
import type { Council } from '../../council/council.js';
import type { Answers, Form, SubjectFacts } from '../../council/form.js';
import { sampleAnswers } from '../../council/sample-answers.js';
import type { Api, Json } from './api.js';
import type { Checks } from './checks.js';
import { documents as ask } from './documents.js';
import { printSavedForms, printSubmittedForms, submittedForms } from './lists.js';
import { Person } from './person.js';
import { heading, step, table } from './print.js';

/** What a journey needs: the council, one of its forms, the people and the council's side. */
export interface Cast {
  council: Council;
  form: Form;
  checks: Checks;
  visitor: Api;
  worker: Api;
  auditor: Api;
  /** A worker of another council. */
  stranger: Api;
}

interface SavedForm {
  id: string;
  revision: number;
  percentComplete: number;
  name: string;
  answers: Answers;
}
interface Referral {
  reference: string;
  revision: number;
  status: string;
  subjects: { subject: SubjectFacts; status: string; response: string | null; sentBy: string | null; final: boolean }[];
  informationRequests: { id: string; state: string }[];
  availableActions: { action: string; allowed: boolean; reason: string | null }[];
}
/** One whole journey, from registration to the last response, printed as its users see it and checked as it goes. */
export class Journey {
  private readonly person: Person;
  private subjects: SubjectFacts[] = [];
  private saved!: SavedForm;
  private reference = '';

  constructor(private readonly cast: Cast) {
    this.person = new Person(cast.visitor, cast.checks, { forename: 'Lynn', surname: 'Robinson' });
  }

  async play(): Promise<void> {
    const { council, form } = this.cast;
    heading(`${council.name}: ${form.title}`);
    await this.person.register();
    await this.acceptTerms();
    await this.draft();
    await this.submit();
    await this.returnAndRetract();
    await this.returnAndAmend();
    await this.respond();
    await this.audit();
  }

  private async acceptTerms(): Promise<void> {
    const { checks, council, form } = this.cast;
    const { api } = this.person;
    if (!council.terms) return;
    step('The terms come first');
    const input = { commandId: randomUUID(), formId: form.id };
    checks.equal('a form before the terms', await api.problem(ask.startForm, { input }), 'TERMS_OUTSTANDING');
    const { version } = council.terms;
    const account = await api.ask(ask.acceptTerms, { commandId: randomUUID(), version });
    checks.equal('terms outstanding after they were accepted', account.termsOutstanding, null);
  }

  private async draft(): Promise<void> {
    const { checks, form } = this.cast;
    step('She begins the form, names who it is about and saves it for later');
    const input = { commandId: randomUUID(), formId: form.id };
    this.saved = await this.person.api.ask<SavedForm>(ask.startForm, { input });
    const again = await this.person.api.ask<SavedForm>(ask.startForm, { input });
    checks.equal('a double click makes one form', again.id, this.saved.id);
    const people = ['Violet', 'Lili'].slice(0, Math.min(2, form.subjects.max));
    this.subjects = people.map((forename, place) => ({
      id: randomUUID(),
      forename,
      surname: 'Plant',
      dateOfBirth: `201${place}-03-09`,
    }));
    const stale = this.saved.revision;
    await this.save({ subjects: this.subjects });
    checks.equal('the names of the subjects', this.saved.name, people.map((name) => `${name} Plant`).join(', '));
    const late = { ...this.saving(), expectedRevision: stale, answersPatch: {} };
    checks.equal('a second window', await this.person.api.problem(ask.saveForm, { input: late }), 'REVISION_CONFLICT');
    const submit = { commandId: randomUUID(), id: this.saved.id, expectedRevision: this.saved.revision };
    checks.equal('an unfinished form', await this.person.api.problem(ask.submitForm, submit), 'FORM_INCOMPLETE');
    await this.person.mailed(/saved/i, /30 days/);
    await this.person.logOut();

    step('She leaves, comes back and finds it under Saved Forms');
    await this.person.logIn();
    checks.equal('saved forms', await printSavedForms(this.person.api), 1);
    const found = await this.person.api.ask<SavedForm>(ask.savedForm, { id: this.saved.id });
    checks.equal('the saved form', found.revision, this.saved.revision);
  }

  private async submit(): Promise<void> {
    const { checks, form } = this.cast;
    const account = { ...this.person.name, email: this.person.email, professional: true };
    const answers = sampleAnswers(form, this.subjects, account);
    for (const [section, patch] of Object.entries(answers)) await this.save({ answersPatch: { [section]: patch } });
    checks.equal('the progress', this.saved.percentComplete, 100);
    step('All is answered: she submits');
    const command = { commandId: randomUUID(), id: this.saved.id, expectedRevision: this.saved.revision };
    const sent = await this.person.api.ask(ask.submitForm, command);
    const again = await this.person.api.ask(ask.submitForm, command);
    checks.equal('a double click submits once', again.reference, sent.reference);
    this.reference = String(sent.reference);
    checks.equal('the version', sent.version, 1);
    const { referencePrefix } = this.cast.council;
    checks.that(
      `the shape of ${this.reference}`,
      this.reference.startsWith(referencePrefix) &&
        /^[2-9A-Z]{2}-[2-9A-Z]{4}-[2-9A-Z]{6}$/.test(this.reference.slice(referencePrefix.length)),
    );
    const pdf = await fetch(String(sent.pdfUrl));
    checks.equal('the PDF of the form as sent', (await pdf.text()).slice(0, 5), '%PDF-');
    await this.person.mailed(/confirmation/i, new RegExp(this.reference));
    checks.equal('saved forms', await printSavedForms(this.person.api), 0);
    const { rows } = await this.lists();
    checks.equal(
      'a row a subject',
      rows.map(({ name }) => name),
      this.names(),
    );
    checks.that(
      'no response yet',
      rows.every(({ response }) => response === 'No response posted'),
    );
  }

  private async returnAndRetract(): Promise<void> {
    const { checks, worker } = this.cast;
    step('A worker finds it in the inbox and asks for more; then thinks better of it');
    const inbox = await worker.ask<{ edges: { node: Json }[] }>(ask.inbox, { reference: this.reference });
    table(
      'Inbox',
      ['Reference', 'Status', 'Form', 'Names', 'Referrer', 'Version'],
      inbox.edges.map(({ node: { reference, status, form, names, referrer, version } }) =>
        [reference, status, form, names, referrer, version].map(String),
      ),
    );
    checks.equal('the inbox', inbox.edges.length, 1);
    const strange = await this.cast.stranger.problem(ask.referral, { reference: this.reference });
    checks.equal("another council's worker", strange, 'NOT_FOUND');
    await this.ask('Please say more about the school.');
    const { requests } = await this.lists();
    const [request] = requests;
    checks.equal('one open request', requests.length, 1);
    await this.person.mailed(/further information/i, new RegExp(request!.id));
    const opened = await this.person.api.ask<SavedForm>(ask.amendForm, {
      commandId: randomUUID(),
      requestId: request!.id,
    });
    const input = {
      commandId: randomUUID(),
      requestId: request!.id,
      reference: this.reference,
      reason: 'Found it in the file.',
    };
    const referral = await worker.ask<Referral>(ask.retract, { input });
    checks.equal(
      'the request',
      referral.informationRequests.map(({ state }) => state),
      ['RETRACTED'],
    );
    checks.equal('the status', referral.status, 'SUBMITTED');
    await this.person.mailed(/no longer needed|retracted|withdrawn/i, new RegExp(this.reference));
    checks.equal('requests shown after the retraction', (await this.lists()).requests, []);
    const gone = await this.person.api.problem(ask.savedForm, { id: opened.id });
    checks.equal('the form that answered it', gone, 'FORM_ENDED');
  }

  private async returnAndAmend(): Promise<void> {
    const { checks, worker, form } = this.cast;
    step('He returns it once more, and this time she answers');
    await this.ask('Please attach nothing, but say more.');
    const { requests } = await this.lists();
    const commandId = randomUUID();
    this.saved = await this.person.api.ask<SavedForm>(ask.amendForm, { commandId, requestId: requests[0]!.id });
    checks.equal('the copy is filled', this.saved.percentComplete, 100);
    const patch = changedText(form, this.saved.answers);
    await this.save({ answersPatch: patch });
    const command = { commandId: randomUUID(), id: this.saved.id, expectedRevision: this.saved.revision };
    const sent = await this.person.api.ask(ask.submitForm, command);
    checks.equal('the same reference', sent.reference, this.reference);
    checks.equal('the next version', sent.version, 2);
    const { changes } = await worker.ask<{ changes: { label: string }[] }>(ask.changes, { reference: this.reference });
    table(
      'What changed',
      ['Question'],
      changes.map(({ label }) => [label]),
    );
    checks.equal('what changed', changes.length, 1);
    const { requests: open } = await this.lists();
    checks.equal('open requests after the answer', open, []);
  }

  private async respond(): Promise<void> {
    const { checks, worker, council } = this.cast;
    step('The contact starts; then there is a response for each');
    let referral = await this.referral();
    const command = { commandId: randomUUID(), reference: this.reference, expectedRevision: referral.revision };
    referral = await worker.ask<Referral>(ask.startContact, command);
    checks.equal('the status', referral.status, 'IN_CONTACT');
    checks.equal('the automated response', referral.subjects[0]!.response, council.contactResponse);
    for (const [place, { id: subjectId }] of this.subjects.entries()) {
      const outcomeCode = council.outcomes[place]!.code;
      const input = {
        commandId: randomUUID(),
        reference: this.reference,
        expectedRevision: referral.revision,
        subjectId,
        outcomeCode,
        final: true,
      };
      referral = await worker.ask<Referral>(ask.respond, { input });
      const { response } = referral.subjects.find(({ subject }) => subject.id === subjectId)!;
      checks.equal('the response', response, `Response: ${council.outcomes[place]!.label}`);
    }
    checks.equal('the status', referral.status, 'CLOSED');
    const actions = referral.availableActions.filter(({ action }) => action !== 'acknowledgeReceipt');
    table(
      'What a worker may do now',
      ['Action', 'Allowed', 'Why not'],
      actions.map(({ action, allowed, reason }) => [action, String(allowed), reason]),
    );
    checks.that(
      'nothing is left to do, and each action says why',
      actions.every(({ allowed, reason }) => !allowed && reason !== null),
    );
    await this.person.mailed(/update/i, /submitted-forms/);
    const given = this.subjects.map((_, place) => `Response: ${council.outcomes[place]!.label}`);
    await until(async () => {
      const { recentlySubmitted } = await submittedForms(this.person.api);
      return given.every((response) => recentlySubmitted.edges.some(({ node }) => node.response === response));
    });
    const { rows } = await this.lists();
    checks.equal('rows of both versions', rows.length, 2 * this.subjects.length);
    const newest = rows.filter(({ version }) => version === 2).map(({ response }) => response);
    checks.equal('a response each', newest, given);
  }

  private async audit(): Promise<void> {
    const { checks, auditor, worker } = this.cast;
    step('An auditor replays it');
    const history = await auditor.ask<{ entries: Entry[]; verification: { intact: boolean; entries: number } }>(
      ask.history,
      {
        reference: this.reference,
      },
    );
    table(
      'History',
      ['No.', 'At', 'What', 'Who'],
      history.entries.map(({ revision, at, type, actor }) => [revision, at, type, `${actor.name} (${actor.kind})`]),
    );
    checks.equal('the history is intact', history.verification.intact, true);
    checks.equal('every fact is in it', history.verification.entries, history.entries.length);
    const returned = history.entries.find(({ type }) => type === 'InformationRequested')!;
    const then = await auditor.ask(ask.asAt, { reference: this.reference, revision: returned.revision });
    checks.equal('as it stood after the first return', then, { status: 'INFORMATION_REQUESTED', currentVersion: 1 });
    const denied = await worker.problem(ask.history, { reference: this.reference });
    checks.equal('a worker may not', denied, 'FORBIDDEN');
  }

  private async ask(comments: string): Promise<void> {
    const { worker, checks } = this.cast;
    const { revision: expectedRevision, availableActions } = await this.referral();
    checks.that(
      'it may be returned',
      availableActions.some(({ action, allowed }) => action === 'returnForInformation' && allowed),
    );
    const input = {
      commandId: randomUUID(),
      reference: this.reference,
      expectedRevision,
      reasonCode: 'insufficient-detail',
      comments,
    };
    const referral = await worker.ask<Referral>(ask.returnForInformation, { input });
    checks.equal('the status', referral.status, 'INFORMATION_REQUESTED');
    await until(async () => {
      const { requestingMoreInformation } = await submittedForms(this.person.api);
      return requestingMoreInformation.some((request) => request.comments === comments);
    });
  }

  private referral(): Promise<Referral> {
    return this.cast.worker.ask<Referral>(ask.referral, { reference: this.reference });
  }

  private saving() {
    return { commandId: randomUUID(), id: this.saved.id, expectedRevision: this.saved.revision };
  }

  private async save(change: Json): Promise<void> {
    this.saved = await this.person.api.ask<SavedForm>(ask.saveForm, { input: { ...this.saving(), ...change } });
  }

  private lists() {
    return printSubmittedForms(this.person.api, this.cast.council.submittedFormDays);
  }

  private names(): string[] {
    return this.subjects.map(({ forename, surname }) => `${forename} ${surname}`);
  }
}

interface Entry {
  revision: number;
  at: string;
  type: string;
  actor: { kind: string; name: string };
}

/** A patch that changes the first free text that was answered once for all. */
function changedText(form: Form, answers: Answers): Answers {
  for (const { id: section, questions } of form.definition.sections) {
    const text = questions.find(
      ({ id, kind, perSubject }) => kind === 'LONG_TEXT' && !perSubject && typeof answers[section]?.[id] === 'string',
    );
    if (text)
      return { [section]: { [text.id]: `${String(answers[section]![text.id])}\nMore detail: as we discussed.` } };
  }
  throw new Error(`${form.id} has no free text to change`);
}

/** What somebody else did shows a moment later. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('The list did not come up to date within five seconds.');
}
