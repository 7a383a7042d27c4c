import { Inject, Injectable } from '@nestjs/common';
// Challenges in ALTCHA's first format: every release of the widget up to 3.2 reads it, older ones read no other.
import { createChallenge, extractParams, verifySolution } from 'altcha-lib/v1';
import { MongoServerError, type Collection, type Db } from 'mongodb';
import { MINUTE, type Clock } from '../core/clock.js';
import { DomainError } from '../core/problem.js';
import { Secrets } from '../core/secrets.js';
import { CLOCK, VAULT } from '../core/tokens.js';
import type { Recaptcha } from './recaptcha.js';

const LIFE = 10 * MINUTE;
/** SHA-256 hashes that solve a challenge at most: half as many on average, some 0.2 s of a phone. */
const MOST_TRIES = 50_000;
/** A solved challenge is some 300 characters of base64. */
const LONGEST_PAYLOAD = 2_000;
/** Tokens of reCAPTCHA are some 2,000 characters long. */
const LONGEST_TOKEN = 8_000;

interface RedeemedCaptcha {
  /** The challenge, a hash that no two challenges share. */
  _id: string;
  /** A keyed hash of what it was redeemed for; null where the caller did not say. */
  usedFor: string | null;
  /** When the challenge dies by itself and need not be remembered any more. */
  expiresAt: Date;
}

/** What the widget hands in, as base64 of JSON. */
interface Payload {
  algorithm: 'SHA-256';
  challenge: string;
  number: number;
  salt: string;
  signature: string;
}

/**
 * Proof-of-work challenges (ALTCHA): made without storing anything, good for one use and ten minutes. Where reCAPTCHA is
 * configured, its tokens take their place.
 */
@Injectable()
export class Captcha {
  private readonly redeemed: Collection<RedeemedCaptcha>;

  constructor(
    @Inject(VAULT) vault: Db,
    private readonly secrets: Secrets,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly recaptcha?: Recaptcha,
  ) {
    this.redeemed = vault.collection<RedeemedCaptcha>('captchas');
  }

  async createIndexes(): Promise<void> {
    await this.redeemed.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 });
  }

  /** As the widget expects it: {algorithm, challenge, maxnumber, salt, signature}, or reCAPTCHA's {provider, siteKey}. */
  async challenge(): Promise<object> {
    if (this.recaptcha) return this.recaptcha.challenge();
    const expires = new Date(this.clock.now().getTime() + LIFE);
    return createChallenge({
      algorithm: 'SHA-256',
      hmacKey: this.secrets.key('captcha').toString('hex'),
      maxnumber: MOST_TRIES,
      expires,
    });
  }

  /**
   * Uses up a solved challenge; throws CAPTCHA_FAILED where it is missing, wrong, too old or used before. Where
   * `usedFor` names the action (a commandId and what was said with it), the very same action may be asked for again.
   */
  async redeem(given: string | null | undefined, usedFor?: string): Promise<void> {
    if (!given) throw failed('Please complete the captcha.');
    const use = usedFor === undefined ? null : this.secrets.lookup('captcha use', usedFor).toString('base64url');
    if (this.recaptcha) return this.redeemToken(this.recaptcha, given, use);
    const payload = readPayload(given);
    // The signature covers algorithm, salt (which holds the expiry) and number; the clock is ours, not the library's.
    if (!payload || !(await this.isSolved(payload))) {
      throw failed('The captcha was not solved. Please complete it again.');
    }
    const expiresAt = new Date(Number(extractParams(payload).expires) * 1000);
    // Written so that a missing expiry, too, counts as over.
    if (!(this.clock.now() < expiresAt)) {
      throw failed('The captcha is valid for ten minutes, and these are over. Please complete it again.');
    }
    await this.useUp(payload.challenge, use, expiresAt);
  }

  /** Google lets a token pass once; a command that is repeated with its token is recognised here, without asking again. */
  private async redeemToken(recaptcha: Recaptcha, token: string, use: string | null): Promise<void> {
    if (token.length > LONGEST_TOKEN) throw failed('The captcha was not solved. Please complete it again.');
    const id = this.secrets.lookup('captcha token', token).toString('base64url');
    const before = await this.redeemed.findOne({ _id: id });
    if (!before && !(await recaptcha.verify(token))) {
      throw failed('The captcha was not solved, or has timed out. Please complete it again.');
    }
    await this.useUp(id, use, new Date(this.clock.now().getTime() + LIFE));
  }

  private async useUp(id: string, usedFor: string | null, expiresAt: Date): Promise<void> {
    try {
      await this.redeemed.insertOne({ _id: id, usedFor, expiresAt });
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== 11000) throw error;
      const before = usedFor === null ? null : await this.redeemed.findOne({ _id: id });
      if (before?.usedFor !== usedFor || usedFor === null) {
        throw failed('This captcha was used before. Please complete a new one.');
      }
    }
  }

  private async isSolved(payload: Payload): Promise<boolean> {
    for (const key of this.secrets.keys('captcha')) {
      if (await verifySolution(payload, key.toString('hex'), false)) return true;
    }
    return false;
  }
}

/** The payload, where it has the shape of one; null for anything else. */
function readPayload(given: string): Payload | null {
  if (given.length > LONGEST_PAYLOAD) return null;
  try {
    const { algorithm, challenge, number, salt, signature } = JSON.parse(
      Buffer.from(given, 'base64').toString('utf8'),
    ) as Partial<Payload>;
    const texts = [challenge, salt, signature].every((text) => typeof text === 'string');
    if (!texts || algorithm !== 'SHA-256' || !Number.isInteger(number) || number! < 0) return null;
    return { algorithm, challenge: challenge!, number: number!, salt: salt!, signature: signature! };
  } catch {
    return null;
  }
}

function failed(message: string): DomainError {
  return new DomainError('CAPTCHA_FAILED', message, 'captcha');
}
