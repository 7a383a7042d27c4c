/** Every code an expected problem may carry: the contract's ProblemCode, in its order. */
export const problemCodes = [
  'BAD_INPUT',
  'UNAUTHENTICATED',
  'FRESH_LOG_IN_REQUIRED',
  'FORBIDDEN',
  'NOT_FOUND',
  'COUNCIL_UNKNOWN',
  'TOO_MANY_REQUESTS',
  'UNAVAILABLE',
  'INTERNAL',
  'PASSWORD_POLICY',
  'PASSWORD_REUSED',
  'PASSWORD_BREACHED',
  'CREDENTIALS_WRONG',
  'CODE_WRONG',
  'CODE_EXPIRED',
  'CODE_USED_UP',
  'TERMS_OUTSTANDING',
  'CAPTCHA_FAILED',
  'REVISION_CONFLICT',
  'COMMAND_ID_REUSED',
  'FORM_INCOMPLETE',
  'FORM_ENDED',
  'NOT_ALLOWED_NOW',
  'PROFESSIONALS_ONLY',
  'ATTACHMENT_REFUSED',
  'LEGAL_HOLD',
] as const;
export type ProblemCode = (typeof problemCodes)[number];

/**
 * An expected problem, thrown before any event is built. `message` is a sentence a person can act on and never holds
 * personal data; `field` names the input at fault; `details` is served beside them in the error's extensions; its cause is for the log alone.
 */
export class DomainError extends Error {
  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly field?: string,
    readonly details?: Record<string, unknown>,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DomainError';
  }
}
