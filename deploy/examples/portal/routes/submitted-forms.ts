import { Problem } from '../api.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { InformationRequest, Page, Section, SubmittedForm } from '../types.js';
import type { Visit } from '../visit.js';
import { answerText } from '../forms/answer-text.js';

interface Row {
  reference: string;
  version: number;
  form: string;
  name: string;
  date: string;
  response: string;
  responseDate: string | null;
  sentBy: string | null;
}
interface SubmittedForms {
  requestingMoreInformation: InformationRequest[];
  recentlySubmitted: Page<Row>;
}

/** My submitted forms: what the council asks more about, and what became of what was sent. */
export function submittedFormRoutes(routes: Routes): void {
  routes.get('/submitted-forms', async (visit) => {
    const lists = await visit.api.ask<SubmittedForms>(operations.submittedForms, { after: visit.query('after') });
    return visit.show('submitted-forms', 'My submitted forms', { ...lists });
  });

  // The mails lead here: straight to the request.
  routes.get('/submitted-forms/requests/:requestId', async (visit) => {
    const { requestingMoreInformation } = await visit.api.ask<SubmittedForms>(operations.submittedForms);
    const request = requestingMoreInformation.find(({ id }) => id === visit.param('requestId'));
    if (!request) {
      throw new Problem('NOT_FOUND', 'This request is not open any more: it was answered, or the council withdrew it.');
    }
    const previous = await sent(visit, request.previousForm);
    const labels = Object.fromEntries(
      previous.form.sections.flatMap(({ questions }) => questions.map(({ id, label }) => [id, label])),
    );
    return visit.show('request', 'More information is needed', { request, labels });
  });

  routes.post('/submitted-forms/requests/:requestId', async (visit) => {
    const said = { commandId: visit.commandId, requestId: visit.param('requestId') };
    const { id } = await visit.api.ask<{ id: string }>(operations.amendForm, said);
    return visit.go(`/saved-forms/${id}`);
  });

  routes.get('/submitted-forms/:reference', async (visit) => {
    const one = await read(visit);
    return visit.show('submitted-form', `${one.form} ${one.reference}`, { one, ...(await sent(visit, one)) });
  });

  routes.get('/submitted-forms/:reference/confirmation', async (visit) =>
    visit.show('confirmation', 'Form submitted', { one: await read(visit) }),
  );
}

function read(visit: Visit): Promise<SubmittedForm> {
  const version = visit.query('version');
  const said = { reference: visit.param('reference'), version: version ? Number(version) : null };
  return visit.api.ask<SubmittedForm>(operations.submittedForm, said);
}

/** A submission with the form of its time: it holds only what was asked, so whatever it holds is shown. */
async function sent(visit: Visit, { formId, formVersion, answers, subjects }: SubmittedForm) {
  const form = await visit.catalogue.form(visit.council.id, formId, formVersion);
  const rows = (section: Section) =>
    section.questions.flatMap((question) => {
      const text = answerText(question, answers[section.id]?.[question.id], subjects);
      return text ? [{ id: question.id, label: question.label, text }] : [];
    });
  const sections = form.sections
    .map((section) => ({ title: `${section.number}. ${section.title}`, rows: rows(section) }))
    .filter(({ rows: shown }) => shown.length > 0);
  return { form, sections };
}
