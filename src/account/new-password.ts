import type { Council } from '../council/council.js';
import { LONGEST_PASSWORD, passwordProblems } from '../council/password-policy.js';
import { DomainError } from '../core/problem.js';
import type { Details } from './account.events.js';
import { isCommon, isMadeOf } from './common-passwords.js';

/** Holds a new password to the council's policy and to the lists of common ones; throws PASSWORD_POLICY or PASSWORD_BREACHED. */
export function holdToPolicy(council: Council, password: string, field: string): void {
  const problems = passwordProblems(council.passwordPolicy, password);
  if (problems.length > 0) {
    const tooLarge = isFarTooLong(password);
    throw new DomainError('PASSWORD_POLICY', problems.join(' '), field, { problems, ...(tooLarge && { tooLarge }) });
  }
  if (isCommon(password) || isMadeOf(password, [council.id, council.name, council.serviceName])) {
    const message = 'This password is among those that are guessed first. Please choose another one.';
    throw new DomainError('PASSWORD_BREACHED', message, field);
  }
}

/**
 * Throws PASSWORD_POLICY where a new password is little more than its owner's name or address. Only for who has shown to
 * be the owner: anybody else could find out the name by it.
 */
export function holdToOwner(details: Details, email: string, password: string, field: string): void {
  const { forename, surname, organisation, jobTitle } = details;
  const words = [forename, surname, email, organisation ?? '', jobTitle ?? ''];
  if (!isMadeOf(password, words)) return;
  const problems = ['It must not be made of your own name or email address'];
  throw new DomainError('PASSWORD_POLICY', problems.join(' '), field, { problems });
}

/** Whether nobody can have meant it for a password: it is refused by its size, before anybody looks at it. */
export function isFarTooLong(password: string): boolean {
  return password.length > 8 * LONGEST_PASSWORD;
}
