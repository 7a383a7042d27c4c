import { operations } from './operations.js';
import type { Account, Form, SavedForm, Section } from './types.js';
import type { Visit } from './visit.js';

/** A saved form of the visitor's as the pages about it need it. */
export interface Opened {
  saved: SavedForm;
  form: Form;
  account: Account;
}

export async function openForm(visit: Visit): Promise<Opened> {
  const [saved, account] = await Promise.all([
    visit.api.ask<SavedForm>(operations.savedForm, { id: visit.param('id') }),
    visit.api.ask<Account>(operations.me),
  ]);
  const form = await visit.catalogue.form(visit.council.id, saved.formId, saved.formVersion);
  return { saved, form, account };
}

/** The sections that are asked now, in their order. */
export function visibleSections({ saved, form }: Opened): Section[] {
  return form.sections.filter(({ id }) => saved.check.visibleSections.includes(id));
}

export function mayAttach(visit: Visit, { account }: Opened): boolean {
  return account.professional || !visit.council.attachmentPolicy.professionalsOnly;
}

/** What comes after a section: the next one, the files, then the check of everything. */
export function after(visit: Visit, opened: Opened, sectionId: string): string {
  const sections = visibleSections(opened);
  const next = sections[sections.findIndex(({ id }) => id === sectionId) + 1];
  const base = `/saved-forms/${opened.saved.id}`;
  if (next) return `${base}/sections/${next.id}`;
  return mayAttach(visit, opened) ? `${base}/files` : `${base}/check`;
}

/** What comes before a section: the one before, or the overview. */
export function before(opened: Opened, sectionId: string): string {
  const sections = visibleSections(opened);
  const previous = sections[sections.findIndex(({ id }) => id === sectionId) - 1];
  const base = `/saved-forms/${opened.saved.id}`;
  return previous ? `${base}/sections/${previous.id}` : base;
}
