import type { PasswordPolicy } from './council.js';

/** ASVS 5.0 6.2.9 asks for at least 64; a bound keeps the hashing of a password cheap. */
export const LONGEST_PASSWORD = 128;

/**
 * The rules that a password breaks, in the wording of the councils' registration pages (guides S, W2, L). That it is
 * not the current or an earlier one needs their hashes, and is the account's to see. Letters and digits are those of
 * ASCII: others have several encodings, which two keyboards need not agree on.
 */
export function passwordProblems(policy: PasswordPolicy, password: string): string[] {
  const tooLong = `It must be at most ${LONGEST_PASSWORD} characters long`;
  // Nothing else is looked at then: there may be a megabyte of it.
  if (password.length > LONGEST_PASSWORD) return [tooLong];
  const rules: [boolean, string][] = [
    [password.length >= policy.minLength, `It must be at least ${policy.minLength} characters long`],
    [!policy.requiresLetter || /[A-Za-z]/.test(password), 'It must contain at least one letter'],
    [onlyAllowed(policy, password), 'It must contain only letters, digits, and special characters'],
    [!policy.requiresUpperCase || /[A-Z]/.test(password), 'It must contain at least one upper-case letter'],
    [!policy.requiresDigit || /[0-9]/.test(password), 'It must contain at least one numerical digit'],
    [!policy.requiresSpecial || hasSpecial(policy, password), 'It must contain at least one special character'],
  ];
  return rules.filter(([kept]) => !kept).map(([, rule]) => rule);
}

function onlyAllowed(policy: PasswordPolicy, password: string): boolean {
  return [...password].every((character) => /[A-Za-z0-9]/.test(character) || isSpecial(policy, character));
}

function hasSpecial(policy: PasswordPolicy, password: string): boolean {
  return [...password].some((character) => isSpecial(policy, character));
}

function isSpecial(policy: PasswordPolicy, character: string): boolean {
  return policy.specialCharacters.includes(character);
}
