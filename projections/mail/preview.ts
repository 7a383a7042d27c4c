import type { Council } from '../../src/council/council.js';
import { DAY, isoPlus } from '../../src/core/clock.js';
import type { Mail, MailKind } from './mail.js';
import { render, type Rendered } from './templates/render.js';

/** A mail as the council would send it, with made-up particulars: for operators who change its wording. */
export function preview(kind: MailKind, council: Council): Rendered {
  const code = '4827195036'.slice(0, council.codePolicy.digits);
  return render(sample(kind, council), council, () => code);
}

function sample(kind: MailKind, { codePolicy, formGroups, referencePrefix, savedFormDays }: Council): Mail {
  const { id, version } = formGroups[0]?.forms[0] ?? { id: 'form', version: 1 };
  const form = { id, version };
  const reference = `${referencePrefix}2C-4F6H-7K9MPR`;
  const uuid = '3f2b8c1e-9a4d-4e6f-8b7a-5c1d2e3f4a5b';
  const at = '2026-11-20T09:34:15.000Z';
  const challenge = { challengeId: uuid, issue: 1 };
  switch (kind) {
    case 'registration-code':
      return { kind, ...challenge, minutes: codePolicy.registrationMinutes };
    case 'log-in-code':
      return { kind, ...challenge, minutes: codePolicy.logInMinutes };
    case 'password-reset-code':
      return { kind, ...challenge, minutes: codePolicy.resetMinutes };
    case 'already-registered':
      return { kind };
    case 'password-changed':
      return { kind, at };
    case 'form-saved':
      return { kind, referralId: uuid, form, keptUntil: isoPlus(at, savedFormDays * DAY) };
    case 'submission-confirmation':
      return { kind, reference, form, version: 1 };
    case 'information-requested':
      return { kind, requestId: uuid, reference, form, dueOn: '2026-12-04', redirectToFormId: null };
    case 'request-retracted':
      return { kind, reference, form };
    case 'update':
      return { kind, reference };
    case 'saved-form-expiring':
      return { kind, referralId: uuid, form, keptUntil: isoPlus(at, 3 * DAY) };
    case 'request-overdue':
      return { kind, requestId: uuid, reference, form, dueOn: '2026-11-19' };
  }
}
