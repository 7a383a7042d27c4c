import { settings } from './settings.js';

/** Secrets that are known to everybody: examples of documentation, and Google's reCAPTCHA key for tests, which passes all. */
const KNOWN = [
  'MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=', // 0123456789abcdef, twice
  '6LeIxAcTAAAAAGG-vFI1TnRWxMZNFuojJ4WifJWe', // https://developers.google.com/recaptcha/docs/faq
];
/** 32 random bytes hold some 30 different ones; fewer than this never happens by chance. */
const DIFFERENT_BYTES = 16;
const KEYS = ['MASTER_KEY', 'APP_SECRET', 'APP_SECRET_PREVIOUS', 'LOOKUP_SECRET'];

/** What is wrong with the secrets of a production installation, a sentence for each, without the secrets themselves. */
export function weakSecrets(env: Record<string, string | undefined>): string[] {
  const keys = KEYS.flatMap((name) => (env[name]?.split(',') ?? []).map((key) => ({ name, key: key.trim() })));
  const weak = keys
    .filter(({ key }) => KNOWN.includes(key) || new Set(Buffer.from(key, 'base64')).size < DIFFERENT_BYTES)
    .map(({ name }) => `${name} is not random: make one with openssl rand -base64 32`);
  const master = keys.find(({ name }) => name === 'MASTER_KEY')?.key;
  const shared = keys
    .filter(({ name, key }) => name !== 'MASTER_KEY' && key === master)
    .map(({ name }) => `${name} must differ from MASTER_KEY`);
  const known = settings
    .filter(({ name, secret }) => secret && !KEYS.includes(name) && KNOWN.includes(env[name] ?? ''))
    .map(({ name }) => `${name} is a key for tests that everybody knows`);
  // Staff tokens of a development key name this issuer: nobody who is asked in production may.
  const issuer = settings.find(({ name }) => name === 'STAFF_ISSUER')!.default;
  const taken = env.STAFF_JWKS_URL && (env.STAFF_ISSUER || issuer) === issuer;
  const issuers = taken ? ['STAFF_ISSUER must be set in production'] : [];
  return [...new Set([...weak, ...shared, ...known, ...issuers])];
}
