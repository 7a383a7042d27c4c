import type { Routes } from './console.js';
import { operations } from './operations.js';
import { ApiProblem, type Visit } from './visit.js';

interface History {
  reference: string;
  entries: { revision: number; type: string; at: string }[];
  verification: { intact: boolean };
}

/** An auditor's view of one referral: everything that happened, proof that nothing was altered, and how it then stood. */
export function auditRoutes(routes: Routes): void {
  routes.get('/audit', async (visit) =>
    visit.show('audit', 'Audit a referral', { reference: visit.query('reference') }),
  );

  // Sent rather than linked to, so that no reason stands in an address, and so in nobody's log.
  routes.post('/audit', async (visit) => {
    const asked = { reference: visit.field('reference') ?? '', reason: visit.field('reason') ?? '' };
    try {
      return await timeline(visit, asked);
    } catch (error) {
      if (!(error instanceof ApiProblem) || !['BAD_INPUT', 'NOT_FOUND'].includes(error.code)) throw error;
      return visit.show('audit', 'Audit a referral', asked, [error.message]);
    }
  });
}

async function timeline(visit: Visit, asked: { reference: string; reason: string }): Promise<string> {
  const history = await visit.ask<History>(operations.history, asked);
  const last = history.entries.at(-1)?.revision ?? 0;
  const given = visit.field('revision');
  const revision = Math.min(last, given === null ? last : Number(given));
  // Before it was submitted a referral is a draft, which is nobody's to look at, and what was altered proves nothing:
  // then only the facts are shown, and why.
  let untold: string | undefined;
  const then = await visit.ask<object>(operations.asAt, { ...asked, revision }).catch((error: unknown) => {
    if (!(error instanceof ApiProblem) || !['NOT_FOUND', 'NOT_ALLOWED_NOW'].includes(error.code)) throw error;
    untold = error.message;
  });
  const at = history.entries.find((entry) => entry.revision === revision);
  const shown = { ...asked, history, revision, last, then, untold, at };
  return visit.show('timeline', `History of ${history.reference}`, shown);
}
