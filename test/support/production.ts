import { randomBytes } from 'node:crypto';

/** What a production installation is told, but for its stores: nothing of it leads anywhere. */
export function productionSettings(): Record<string, string> {
  const key = () => randomBytes(32).toString('base64');
  return {
    NODE_ENV: 'production',
    MASTER_KEY: key(),
    APP_SECRET: key(),
    STAFF_JWKS_URL: 'https://login.example.gov.uk/keys',
    STAFF_ISSUER: 'https://login.example.gov.uk/',
    PUBLIC_URL: 'https://api.example.gov.uk',
  };
}
