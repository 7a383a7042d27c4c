import type { Council } from '../../../src/council/council.js';
import type { Mail } from '../mail.js';
import {
  alreadyRegistered,
  logInCode,
  passwordChanged,
  passwordResetCode,
  registrationCode,
} from './account-letters.js';
import { paragraph, type Letter } from './letter.js';
import {
  formSaved,
  informationRequested,
  requestOverdue,
  requestRetracted,
  savedFormExpiring,
  submissionConfirmation,
  update,
} from './referral-letters.js';
import { renderHtml } from './render-html.js';
import { renderText } from './render-text.js';

export interface Rendered {
  subject: string;
  text: string;
  html: string;
}

/** A mail in the council's words. `code` gives the digits of a challenge's issue: it is asked by code mails only. */
export function render(mail: Mail, council: Council, code: (challengeId: string, issue: number) => string): Rendered {
  const { subject, blocks } = letterOf(mail, council, code);
  const letter = { subject, blocks: [...blocks, ...closing(council)] };
  return { subject, text: renderText(letter), html: renderHtml(letter) };
}

function letterOf(mail: Mail, council: Council, code: (challengeId: string, issue: number) => string): Letter {
  switch (mail.kind) {
    case 'registration-code':
      return registrationCode({ code: code(mail.challengeId, mail.issue), minutes: mail.minutes }, council);
    case 'log-in-code':
      return logInCode({ code: code(mail.challengeId, mail.issue), minutes: mail.minutes }, council);
    case 'password-reset-code':
      return passwordResetCode({ code: code(mail.challengeId, mail.issue), minutes: mail.minutes }, council);
    case 'already-registered':
      return alreadyRegistered(council);
    case 'password-changed':
      return passwordChanged(mail, council);
    case 'form-saved':
      return formSaved(mail, council);
    case 'submission-confirmation':
      return submissionConfirmation(mail, council);
    case 'information-requested':
      return informationRequested(mail, council);
    case 'request-retracted':
      return requestRetracted(mail, council);
    case 'update':
      return update(mail, council);
    case 'saved-form-expiring':
      return savedFormExpiring(mail, council);
    case 'request-overdue':
      return requestOverdue(mail, council);
  }
}

function closing({ mail }: Council): Letter['blocks'] {
  const unread = 'This email was sent automatically, and replies to it are not read.';
  return [...(mail.replyTo ? [] : [paragraph(unread)]), paragraph('Many thanks'), paragraph(mail.signature)];
}
