import { address, control, noExtras, type Extras } from '../forms/control.js';
import { Fields } from '../forms/fields.js';
import { readAddress } from '../forms/read-answer.js';
import { findAddress } from '../find-address.js';
import { byField, mistakesOf } from '../mistakes.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import { Registrations } from '../registrations.js';
import type { CodeChallenge, Council, Detail, Question } from '../types.js';
import type { Mistake, Visit } from '../visit.js';
import { captcha } from './catalogue.js';
import { expectCode } from './sign-in.js';

const DETAILS: Record<Exclude<Detail, 'address'>, { label: string; kind: Question['kind'] }> = {
  organisation: { label: 'Organisation (optional)', kind: 'TEXT' },
  jobTitle: { label: 'Job title (optional)', kind: 'TEXT' },
  telephone: { label: 'Telephone (optional)', kind: 'TELEPHONE' },
};
/** What the first page asks, and where to go at the end of it all. */
const FIRST = ['forename', 'surname', 'professional', 'next'];

/** Registration in three steps: who you are; details and how you log in; the code that comes by mail. */
export function registrationRoutes(routes: Routes): void {
  const registrations = new Registrations();

  routes.get('/register', async (visit) => namesPage(visit, registrations.of(visit.browser)));

  routes.post('/register', async (visit) => {
    registrations.keep(visit.browser, FIRST, visit.fields);
    const mistakes = [
      ...(visit.fields.text('forename') ? [] : [{ text: 'Enter your first name.', href: '#forename' }]),
      ...(visit.fields.text('surname') ? [] : [{ text: 'Enter your last name.', href: '#surname' }]),
    ];
    return mistakes.length > 0 ? namesPage(visit, visit.fields, mistakes) : visit.go('/register/details');
  });

  routes.get('/register/details', async (visit) => {
    const typed = registrations.of(visit.browser);
    return typed.text('forename') ? detailsPage(visit, typed, typed) : visit.go('/register');
  });

  routes.post('/register/details', async (visit) => {
    const { fields, council } = visit;
    const before = registrations.of(visit.browser);
    const extras = noExtras();
    const found = await findAddress(visit, extras);
    registrations.keep(visit.browser, ['email', ...detailFields(council, before)], fields);
    if (found) return detailsPage(visit, before, fields, found, extras);
    if (fields.raw('password') !== fields.raw('again')) {
      return detailsPage(visit, before, fields, [{ text: 'Type the same password twice.', href: '#again' }]);
    }
    try {
      const input = { commandId: visit.commandId, ...registration(council, before, fields) };
      const challenge = await visit.api.ask<CodeChallenge>(operations.register, { input });
      return await expectCode(visit, 'registration', challenge, fields.text('email'), before.text('next') || '/');
    } catch (error) {
      const mistakes = mistakesOf(error, (field) => field.replace('address.', 'address-'));
      return detailsPage(visit, before, fields, mistakes, extras);
    }
  });
}

function isProfessional(council: Council, names: Fields): boolean {
  // Where nothing is asked, every account is a professional's.
  return council.professional.question === null || names.text('professional') === 'true';
}

function detailsAsked(council: Council, names: Fields): Detail[] {
  const { professionalDetails, otherDetails } = council.professional;
  return isProfessional(council, names) ? professionalDetails : otherDetails;
}

function detailFields(council: Council, names: Fields): string[] {
  const parts = ['line1', 'line2', 'town', 'county', 'postcode'].map((part) => `address-${part}`);
  return detailsAsked(council, names).flatMap((detail) => (detail === 'address' ? parts : [detail]));
}

function registration(council: Council, names: Fields, fields: Fields): object {
  const details = detailsAsked(council, names).map((detail) => [
    detail,
    detail === 'address' ? withoutNothing(readAddress('address', fields)) : fields.text(detail) || null,
  ]);
  return {
    forename: names.text('forename'),
    surname: names.text('surname'),
    professional: isProfessional(council, names),
    email: fields.text('email'),
    password: fields.raw('password'),
    captcha: fields.text('captcha') || null,
    ...(Object.fromEntries(details) as object),
  };
}

/** An address without its postcode is still to be refused by the API, in its own words. */
export function withoutNothing(address: object | null): object | null {
  return (
    address && { line1: '', postcode: '', ...Object.fromEntries(Object.entries(address).filter(([, part]) => part)) }
  );
}

async function namesPage(visit: Visit, typed: Fields, mistakes: Mistake[] = []): Promise<string> {
  const values = Object.fromEntries(FIRST.map((name) => [name, typed.text(name)]));
  const data = { values, next: visit.query('next') ?? values.next, errors: byField(mistakes) };
  return visit.show('register-names', 'Create an account', data, mistakes);
}

async function detailsPage(
  visit: Visit,
  names: Fields,
  typed: Fields,
  mistakes: Mistake[] = [],
  extras: Extras = noExtras(),
): Promise<string> {
  const { council } = visit;
  const errors = byField(mistakes);
  for (const [name, { text }] of Object.entries(errors))
    extras.errors.set(name.startsWith('address-') ? 'address' : name, text);
  const controls = detailControls(
    detailsAsked(council, names),
    (name) => typed.text(name),
    readAddress('address', typed),
    extras,
  );
  const challenge = council.captcha.registration ? await captcha(visit) : undefined;
  const data = { controls, errors, email: typed.text('email'), captcha: challenge };
  return visit.show('register-details', 'Your details and how you log in', data, mistakes);
}

/** Controls for details of the visitor's own account. */
export function detailControls(asked: Detail[], value: (name: string) => string, home: object | null, extras: Extras) {
  return asked.map((detail) => {
    if (detail === 'address') {
      const error = extras.errors.get('address');
      return address({ name: 'address', label: 'Address (optional)', hint: null, error }, home, extras, true);
    }
    const question = { ...DETAILS[detail], id: detail, hint: null, mandatory: false, perSubject: false } as Question;
    const made = control(question, detail, value(detail), extras);
    const autocomplete = { organisation: 'organization', jobTitle: 'organization-title', telephone: 'tel' }[detail];
    return made.type === 'input' ? { ...made, params: { ...made.params, autocomplete } } : made;
  });
}
