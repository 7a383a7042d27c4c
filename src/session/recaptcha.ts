import { DomainError } from '../core/problem.js';

export interface RecaptchaSettings {
  secret: string;
  siteKey: string;
  verifyUrl: string;
  /** Milliseconds. */
  timeout?: number;
}

/** Google's reCAPTCHA: its widget gives a token, which is verified there once, within two minutes. */
export class Recaptcha {
  constructor(private readonly settings: RecaptchaSettings) {}

  /** What its widget needs. */
  challenge(): object {
    return { provider: 'recaptcha', siteKey: this.settings.siteKey };
  }

  /** Whether Google says that the token was earned. Throws UNAVAILABLE where it says nothing: then nobody passes. */
  async verify(token: string): Promise<boolean> {
    const { secret, verifyUrl, timeout = 5_000 } = this.settings;
    try {
      const reply = await fetch(verifyUrl, {
        method: 'POST',
        body: new URLSearchParams({ secret, response: token }),
        redirect: 'error',
        signal: AbortSignal.timeout(timeout),
      });
      if (!reply.ok) throw new Error(`reCAPTCHA answered ${reply.status}`);
      const said = (await reply.json()) as { success?: unknown; 'error-codes'?: unknown };
      const codes = Array.isArray(said['error-codes']) ? said['error-codes'] : [];
      // Ours to put right, not the visitor's.
      if (codes.some((code) => String(code).endsWith('-input-secret'))) throw new Error('reCAPTCHA refuses the secret');
      return said.success === true;
    } catch {
      const message = 'The captcha cannot be verified just now. Please try again in a minute.';
      throw new DomainError('UNAVAILABLE', message, 'captcha');
    }
  }
}
