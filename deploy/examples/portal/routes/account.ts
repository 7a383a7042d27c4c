import { noExtras, type Extras } from '../forms/control.js';
import { readAddress } from '../forms/read-answer.js';
import { findAddress } from '../find-address.js';
import { Problem } from '../api.js';
import { byField, mistakesOf } from '../mistakes.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { Account, Detail } from '../types.js';
import type { Mistake, Visit } from '../visit.js';
import { detailControls, withoutNothing } from './registration.js';

/** One's own account: terms, details, password, leaving. */
export function accountRoutes(routes: Routes): void {
  routes.get('/terms', async (visit) => {
    const { termsOutstanding: terms } = await visit.api.ask<Account>(operations.me);
    return terms ? termsPage(visit, terms) : visit.goOn(visit.query('next'));
  });

  routes.post('/terms', async (visit) => {
    const { termsOutstanding: terms } = await visit.api.ask<Account>(operations.me);
    if (!terms) return visit.goOn(visit.fields.text('next'));
    if (visit.fields.text('accepted') !== 'true') {
      return termsPage(visit, terms, [{ text: 'Tick the box to say that you accept the terms.', href: '#accepted' }]);
    }
    // The version that was read, not one that came into force meanwhile.
    const version = visit.fields.text('version');
    await visit.api.ask(operations.acceptTerms, { commandId: visit.commandId, version });
    return visit.goOn(visit.fields.text('next'));
  });

  routes.get('/account', async (visit) => {
    const account = await visit.api.ask<Account>(operations.me);
    return detailsPage(visit, account, account, [], noExtras());
  });

  routes.post('/account', async (visit) => {
    const account = await visit.api.ask<Account>(operations.me);
    const { fields } = visit;
    const extras = noExtras();
    const found = await findAddress(visit, extras);
    const typed = {
      forename: fields.text('forename'),
      surname: fields.text('surname'),
      ...(Object.fromEntries(
        asked(visit, account).map((detail) => [
          detail,
          detail === 'address' ? withoutNothing(readAddress('address', fields)) : fields.text(detail) || null,
        ]),
      ) as object),
    };
    if (found) return detailsPage(visit, account, { ...account, ...typed }, found, extras);
    try {
      await visit.api.ask(operations.updateDetails, { commandId: visit.commandId, details: typed });
      return await visit.go('/account', 'Your details are saved.');
    } catch (error) {
      const mistakes = mistakesOf(error, (field) => field.replace('address.', 'address-'));
      return detailsPage(visit, account, { ...account, ...typed }, mistakes, extras);
    }
  });

  routes.get('/account/password', (visit) => visit.show('password', 'Change your password'));

  routes.post('/account/password', async (visit) => {
    const { fields } = visit;
    const page = (mistakes: Mistake[]) =>
      visit.show('password', 'Change your password', { errors: byField(mistakes) }, mistakes);
    if (fields.raw('password') !== fields.raw('again')) {
      return page([{ text: 'Type the same password twice.', href: '#again' }]);
    }
    try {
      const said = { commandId: visit.commandId, current: fields.raw('current'), password: fields.raw('password') };
      await visit.api.ask(operations.changePassword, said);
    } catch (error) {
      const name = error instanceof Problem && error.code.startsWith('PASSWORD') ? 'password' : 'current';
      return page(mistakesOf(error, () => name).map(({ text }) => ({ text, href: `#${name}` })));
    }
    visit.set('session', '');
    return visit.go('/log-in', 'Your password is changed. Please log in with the new one.');
  });

  routes.post('/log-out', async (visit) => {
    // A session that has ended already is as good as logged out.
    await visit.api.ask(operations.logOut).catch(() => undefined);
    visit.set('session', '');
    return visit.go('/', 'You are logged out.');
  });
}

function termsPage(visit: Visit, terms: object, mistakes: Mistake[] = []): Promise<string> {
  const next = visit.query('next') ?? visit.fields.text('next');
  return visit.show('terms', 'Terms and conditions', { terms, next, errors: byField(mistakes) }, mistakes);
}

function asked({ council }: Visit, { professional }: Account): Detail[] {
  return professional ? council.professional.professionalDetails : council.professional.otherDetails;
}

function detailsPage(
  visit: Visit,
  account: Account,
  shown: Account,
  mistakes: Mistake[],
  extras: Extras,
): Promise<string> {
  const errors = byField(mistakes);
  for (const [name, { text }] of Object.entries(errors))
    extras.errors.set(name.startsWith('address-') ? 'address' : name, text);
  const value = (name: string) => String((shown[name as keyof Account] as string | null) ?? '');
  const controls = detailControls(asked(visit, account), value, shown.address, extras);
  return visit.show('account', 'Your details', { account: shown, controls, errors }, mistakes);
}
