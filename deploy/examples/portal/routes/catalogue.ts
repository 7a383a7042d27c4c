import { Problem } from '../api.js';
import { byField, mistakesOf } from '../mistakes.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { Mistake, Visit } from '../visit.js';

/** Seconds for which a form that was chosen waits for whoever has to log in or register first. */
const PATIENCE = 3_600;

/** A form that somebody pressed the button to start. */
interface Chosen {
  commandId: string;
  formId: string;
  captcha: string | null;
  fromSavedFormId: string | null;
}

/** The forms that there are, and the page before each. */
export function catalogueRoutes(routes: Routes): void {
  routes.get('/', (visit) => visit.show('catalogue', visit.council.serviceName));

  routes.get('/forms/:formId', async (visit) => startPage(visit));

  // Remembered by the browser first: whoever must log in, register or accept the terms comes back to `begin` after it.
  routes.post('/forms/:formId', async (visit) => {
    const formId = visit.param('formId');
    const captcha = visit.fields.text('captcha') || null;
    const chosen: Chosen = {
      commandId: visit.commandId,
      formId,
      captcha,
      fromSavedFormId: visit.query('from') ?? null,
    };
    visit.set('chosen', JSON.stringify(chosen), PATIENCE);
    return visit.go(`/forms/${formId}/begin`);
  });

  // Only who pressed the button here has the cookie: a link from elsewhere begins nothing.
  routes.get('/forms/:formId/begin', async (visit) => {
    const formId = visit.param('formId');
    const input = chosen(visit);
    if (input?.formId !== formId) return visit.go(`/forms/${formId}`);
    if (!visit.signedIn) return visit.go(`/log-in?next=${encodeURIComponent(`/forms/${formId}/begin`)}&why=begin`);
    try {
      const { id } = await visit.api.ask<{ id: string }>(operations.startForm, { input });
      visit.set('chosen', '');
      return await visit.go(`/saved-forms/${id}`);
    } catch (error) {
      const mistakes = mistakesOf(error, () => 'captcha');
      visit.set('chosen', '');
      return startPage(visit, mistakes);
    }
  });
}

function chosen(visit: Visit): Chosen | undefined {
  try {
    return JSON.parse(visit.get('chosen') ?? '') as Chosen;
  } catch {
    return undefined;
  }
}

async function startPage(visit: Visit, mistakes: Mistake[] = []): Promise<string> {
  const id = visit.param('formId');
  const offered = visit.council.formGroups.flatMap(({ forms }) => forms).some((one) => one.id === id);
  if (!offered) throw new Problem('NOT_FOUND', 'This council has no such form.');
  const form = await visit.catalogue.form(visit.council.id, id);
  const challenge = visit.council.captcha.forms ? await captcha(visit) : undefined;
  const data = { form, captcha: challenge, from: visit.query('from'), errors: byField(mistakes) };
  return visit.show('start', form.title, data, mistakes);
}

/** A proof of work for the visitor's browser, as text. */
export async function captcha(visit: Visit): Promise<string> {
  const { challenge } = await visit.api.ask<{ challenge: object }>(operations.captcha);
  return JSON.stringify(challenge);
}
