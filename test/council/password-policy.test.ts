import { describe, expect, it } from '@jest/globals';
import { passwordProblems } from '../../src/council/password-policy.js';
import { councils } from './support.js';

const problems = (council: string, password: string) =>
  passwordProblems(councils.byId(council)!.passwordPolicy, password);

describe('passwords', () => {
  it.each(['sefton', 'worcestershire'])(
    'of %s: 12 characters, a letter, upper case, a digit and a special character',
    (council) => {
      expect(problems(council, 'Correct-horse7')).toEqual([]);
      expect(problems(council, 'Corr-horse7!')).toEqual([]);
      expect(problems(council, 'Corr-horse7')).toEqual(['It must be at least 12 characters long']);
      expect(problems(council, 'correct-horse7')).toEqual(['It must contain at least one upper-case letter']);
      expect(problems(council, 'Correct-horses')).toEqual(['It must contain at least one numerical digit']);
      expect(problems(council, 'Correcthorses7')).toEqual(['It must contain at least one special character']);
      expect(problems(council, '1234-5678-9012')).toEqual([
        'It must contain at least one letter',
        'It must contain at least one upper-case letter',
      ]);
      expect(problems(council, 'Correct horse-7')).toEqual([
        'It must contain only letters, digits, and special characters',
      ]);
    },
  );

  it('of lancashire: 16 characters and a letter', () => {
    expect(problems('lancashire', 'correcthorsebatt')).toEqual([]);
    expect(problems('lancashire', 'correcthorsebat')).toEqual(['It must be at least 16 characters long']);
    expect(problems('lancashire', '1234567890123456')).toEqual(['It must contain at least one letter']);
    expect(problems('lancashire', 'correct horse battery')).toEqual([
      'It must contain only letters, digits, and special characters',
    ]);
    expect(problems('lancashire', 'correcthorsebattery😀')).toEqual([
      'It must contain only letters, digits, and special characters',
    ]);
  });

  it('are at most 128 characters long', () => {
    expect(problems('lancashire', 'a'.repeat(128))).toEqual([]);
    expect(problems('lancashire', 'a'.repeat(129))).toEqual(['It must be at most 128 characters long']);
  });

  it('differ from the previous 8, where the guide says so', () => {
    expect(councils.all().map((council) => council.passwordPolicy.differsFromPrevious)).toEqual([8, 0, 8]);
  });
});
