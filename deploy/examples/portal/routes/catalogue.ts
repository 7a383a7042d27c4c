import { Problem } from '../api.js';
import { mistakesOf } from '../mistakes.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { Mistake, Visit } from '../visit.js';

/** The forms that there are, and the page before each. */
export function catalogueRoutes(routes: Routes): void {
  routes.get('/', (visit) => visit.show('catalogue', visit.council.serviceName));

  routes.get('/forms/:formId', async (visit) => startPage(visit));

  routes.post('/forms/:formId', async (visit) => {
    const formId = visit.param('formId');
    if (!visit.signedIn) return visit.go(`/log-in?next=${encodeURIComponent(`/forms/${formId}`)}`);
    const captcha = visit.fields.text('captcha') || null;
    const fromSavedFormId = visit.query('from') ?? null;
    const input = { commandId: visit.commandId, formId, captcha, fromSavedFormId };
    try {
      const { id } = await visit.api.ask<{ id: string }>(operations.startForm, { input });
      return await visit.go(`/saved-forms/${id}`);
    } catch (error) {
      return startPage(
        visit,
        mistakesOf(error, () => 'captcha'),
      );
    }
  });
}

async function startPage(visit: Visit, mistakes: Mistake[] = []): Promise<string> {
  const id = visit.param('formId');
  const offered = visit.council.formGroups.flatMap(({ forms }) => forms).some((one) => one.id === id);
  if (!offered) throw new Problem('NOT_FOUND', 'This council has no such form.');
  const form = await visit.catalogue.form(visit.council.id, id);
  const challenge = visit.signedIn && visit.council.captcha.forms ? await captcha(visit) : undefined;
  return visit.show('start', form.title, { form, captcha: challenge, from: visit.query('from') }, mistakes);
}

/** A proof of work for the visitor's browser, as text. */
export async function captcha(visit: Visit): Promise<string> {
  const { challenge } = await visit.api.ask<{ challenge: object }>(operations.captcha);
  return JSON.stringify(challenge);
}
