import type { Council } from '../../../src/council/council.js';
import { spacedCode } from '../../../src/core/one-time-code.js';
import { instant } from '../../../src/core/dates.js';
import { paragraph, type Letter } from './letter.js';

/** `code`: its digits, without a space. Nothing else in a code mail may look like one: no dates, no numbers to call. */
export interface CodeParams {
  code: string;
  minutes: number;
}

export function registrationCode({ code, minutes }: CodeParams, { mail }: Council): Letter {
  return {
    subject: `Confirm your email address for your ${mail.accountName}`,
    blocks: [
      paragraph(`To complete your registration, enter this code on the page where you asked for it:`),
      { type: 'code', code: spacedCode(code) },
      paragraph(`${lasts(minutes)} After that, please start the registration again or ask for a new code.`),
      paragraph(NEVER_SHARE),
      paragraph('If you did not ask to register, you can ignore this email: no account is opened without the code.'),
    ],
  };
}

export function logInCode({ code, minutes }: CodeParams, { mail }: Council): Letter {
  return {
    subject: `Your log-in code for your ${mail.accountName}`,
    blocks: [
      paragraph('To log in, enter this code on the page where you asked for it:'),
      { type: 'code', code: spacedCode(code) },
      paragraph(`${lasts(minutes)} A new code replaces it.`),
      paragraph(NEVER_SHARE),
      paragraph('If you did not try to log in, somebody may know your password: please change it.'),
    ],
  };
}

export function passwordResetCode({ code, minutes }: CodeParams, { mail }: Council): Letter {
  return {
    subject: `Reset the password of your ${mail.accountName}`,
    blocks: [
      paragraph('To choose a new password, enter this code on the page where you asked for it:'),
      { type: 'code', code: spacedCode(code) },
      paragraph(`${lasts(minutes)} A new code replaces it.`),
      paragraph(NEVER_SHARE),
      paragraph('If you did not ask for this, you can ignore this email: your password stays as it is.'),
    ],
  };
}

export function alreadyRegistered({ mail }: Council): Letter {
  return {
    subject: `You already have a ${mail.accountName}`,
    blocks: [
      paragraph(`Somebody asked to register this email address, and it already has a ${mail.accountName}.`),
      paragraph('If it was you, please log in. If you no longer know your password, choose “Forgotten password”.'),
      { type: 'link', label: 'Log in', url: mail.portalUrl },
      paragraph('If it was not you, you do not need to do anything: nothing about your account has changed.'),
    ],
  };
}

export function passwordChanged({ at }: { at: string }, { mail, timeZone }: Council): Letter {
  return {
    subject: `The password of your ${mail.accountName} was changed`,
    blocks: [
      paragraph(`The password of your ${mail.accountName} was changed on ${instant(at, timeZone)}.`),
      paragraph('If you did this, you do not need to do anything.'),
      paragraph('If you did not, choose “Forgotten password” when you log in, and tell the council at once.'),
      { type: 'link', label: 'Go to the portal', url: mail.portalUrl },
    ],
  };
}

const NEVER_SHARE = 'Never share this code with anybody. We will never ask you for it.';

function lasts(minutes: number): string {
  return `The code lasts ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} from when you asked for it.`;
}
