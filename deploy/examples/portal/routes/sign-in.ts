import { Problem } from '../api.js';
import { byField, mistakesOf } from '../mistakes.js';
import { operations } from '../operations.js';
import type { Routes } from '../portal.js';
import type { CodeChallenge, SignedIn } from '../types.js';
import type { Mistake, Visit } from '../visit.js';

type Purpose = 'registration' | 'log-in' | 'reset';

/** What the browser keeps between asking for a code and typing it. */
interface Expected extends CodeChallenge {
  purpose: Purpose;
  email: string;
  next: string;
}

/** Seconds for which a code is waited for: longer than any lives. */
const PATIENCE = 3_600;
const WHY: Record<string, string> = {
  ended: 'Please log in. If your session ended, everything you saved is kept.',
  fresh: 'This form asks you to log in afresh.',
  begin: 'To fill in a form you need an account. Log in, or create one below: then the form opens.',
};

/** Goes to the page that asks for the code just sent. */
export async function expectCode(
  visit: Visit,
  purpose: Purpose,
  challenge: CodeChallenge,
  email: string,
  next: string,
) {
  visit.set('challenge', JSON.stringify({ ...challenge, purpose, email, next } satisfies Expected), PATIENCE);
  await visit.go(purpose === 'reset' ? '/password/new' : '/code');
}

/** Log in by password and mailed code, and the way back for those who forgot theirs. */
export function signInRoutes(routes: Routes): void {
  routes.get('/log-in', (visit) => logInPage(visit));

  routes.post('/log-in', async (visit) => {
    const email = visit.fields.text('email');
    const next = visit.fields.text('next') || '/';
    try {
      const password = visit.fields.raw('password');
      const challenge = await visit.api.ask<CodeChallenge>(operations.logIn, { email, password });
      return await expectCode(visit, 'log-in', challenge, email, next);
    } catch (error) {
      return logInPage(
        visit,
        mistakesOf(error, () => 'email'),
      );
    }
  });

  routes.get('/code', async (visit) => (expected(visit) ? codePage(visit) : visit.go('/log-in')));

  routes.post('/code', async (visit) => {
    const challenge = expected(visit);
    if (!challenge) return visit.go('/log-in');
    try {
      if (visit.fields.text('do') === 'resend') return await resend(visit, challenge);
      const confirm = challenge.purpose === 'registration' ? operations.confirmRegistration : operations.confirmLogIn;
      const code = visit.fields.text('code');
      const { token, account } = await visit.api.ask<SignedIn>(confirm, { id: challenge.challengeId, code });
      visit.set('session', token);
      visit.set('challenge', '');
      if (challenge.purpose === 'registration')
        visit.set('notice', 'Your account is ready, and you are logged in.', 60);
      if (account.termsOutstanding) return await visit.go(`/terms?next=${encodeURIComponent(challenge.next)}`);
      return await visit.goOn(challenge.next);
    } catch (error) {
      return codePage(
        visit,
        mistakesOf(error, () => 'code').map(({ text }) => ({ text, href: '#code' })),
      );
    }
  });

  routes.get('/password/forgotten', (visit) => forgottenPage(visit));

  routes.post('/password/forgotten', async (visit) => {
    const email = visit.fields.text('email');
    try {
      const challenge = await visit.api.ask<CodeChallenge>(operations.requestPasswordReset, { email });
      return await expectCode(visit, 'reset', challenge, email, visit.fields.text('next') || '/');
    } catch (error) {
      return forgottenPage(
        visit,
        mistakesOf(error, () => 'email'),
      );
    }
  });

  routes.get('/password/new', async (visit) => (expected(visit) ? resetPage(visit) : visit.go('/password/forgotten')));

  routes.post('/password/new', async (visit) => {
    const challenge = expected(visit);
    if (!challenge) return visit.go('/password/forgotten');
    const { fields } = visit;
    if (fields.text('do') !== 'resend' && fields.raw('password') !== fields.raw('again')) {
      return resetPage(visit, [{ text: 'Type the same password twice.', href: '#again' }]);
    }
    try {
      if (fields.text('do') === 'resend') return await resend(visit, challenge);
      const said = { id: challenge.challengeId, code: fields.text('code'), password: fields.raw('password') };
      await visit.api.ask(operations.resetPassword, said);
      visit.set('challenge', '');
      const next = encodeURIComponent(challenge.next);
      return await visit.go(`/log-in?next=${next}`, 'Your password is changed. Please log in with the new one.');
    } catch (error) {
      const name = error instanceof Problem && error.code.startsWith('PASSWORD') ? 'password' : 'code';
      return resetPage(
        visit,
        mistakesOf(error, () => name).map(({ text }) => ({ text, href: `#${name}` })),
      );
    }
  });
}

function expected(visit: Visit): Expected | undefined {
  try {
    return JSON.parse(visit.get('challenge') ?? '') as Expected;
  } catch {
    return undefined;
  }
}

async function resend(visit: Visit, challenge: Expected) {
  const again = await visit.api.ask<CodeChallenge>(operations.resendCode, { id: challenge.challengeId });
  visit.set('notice', 'A new code is on its way. The old one no longer works.', 60);
  await expectCode(visit, challenge.purpose, again, challenge.email, challenge.next);
}

function logInPage(visit: Visit, mistakes: Mistake[] = []): Promise<string> {
  const data = {
    email: visit.fields.text('email'),
    next: visit.query('next') ?? visit.fields.text('next'),
    why: WHY[visit.query('why') ?? ''],
    errors: byField(mistakes),
  };
  return visit.show('log-in', 'Log in', data, mistakes);
}

function forgottenPage(visit: Visit, mistakes: Mistake[] = []): Promise<string> {
  const { fields } = visit;
  const next = visit.query('next') ?? fields.text('next');
  const data = { email: fields.text('email'), next, errors: byField(mistakes) };
  return visit.show('forgotten', 'Reset your password', data, mistakes);
}

function codePage(visit: Visit, mistakes: Mistake[] = []): Promise<string> {
  const data = { expected: expected(visit), errors: byField(mistakes) };
  return visit.show('code', 'Enter the code that we sent you', data, mistakes);
}

function resetPage(visit: Visit, mistakes: Mistake[] = []): Promise<string> {
  return visit.show(
    'reset',
    'Choose a new password',
    { expected: expected(visit), errors: byField(mistakes) },
    mistakes,
  );
}
