import { createHash } from 'node:crypto';

/** What `Captcha.challenge` hands out, as ALTCHA's widget takes it. */
export interface Challenge {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
}

/**
 * The number that a challenge hides, found as ALTCHA's widget finds it (https://altcha.org/docs/proof-of-work/): the one
 * whose hash after the salt is the challenge. In one go: awaiting each of up to 50,000 hashes takes a busy machine minutes.
 */
export function numberOf({ challenge, salt, maxnumber }: Challenge): number {
  for (let number = 0; number <= maxnumber; number += 1) {
    if (createHash('sha256').update(`${salt}${number}`).digest('hex') === challenge) return number;
  }
  throw new Error('The challenge hides no number.');
}
