import type { Routes } from './console.js';
import { operations } from './operations.js';

const STATUSES = ['SUBMITTED', 'IN_CONTACT', 'INFORMATION_REQUESTED', 'RESPONDED', 'CLOSED', 'ERASED'];

/** What there is to work on, and how far the lists are behind. */
export function inboxRoutes(routes: Routes): void {
  routes.get('/inbox', async (visit) => {
    const [status, formId, reference] = ['status', 'formId', 'reference'].map((name) => visit.query(name)?.trim());
    const known = status && STATUSES.includes(status) ? [status] : null;
    const filter = { status: known, formId: formId || null, reference: reference || null };
    const [inbox, council] = await Promise.all([
      visit.ask<object>(operations.inbox, { filter, after: visit.query('after') }),
      visit.ask<{ formGroups: { forms: object[] }[] }>(operations.council),
    ]);
    const forms = council.formGroups.flatMap((group) => group.forms);
    return visit.show('inbox', 'Inbox', { inbox, forms, statuses: STATUSES, asked: { status, formId, reference } });
  });

  routes.get('/followers', async (visit) => {
    const followers = await visit.ask<object[]>(operations.followers);
    return visit.show('followers', 'How far the lists are behind', { followers });
  });
}
