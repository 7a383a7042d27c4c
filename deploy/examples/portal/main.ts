import { randomBytes } from 'node:crypto';
import { createPortal } from './portal.js';

/** The portal as a program. See README.md for the settings. */
const {
  PORT = '3001',
  HOST = '127.0.0.1',
  FRONTDOOR_URL = 'http://127.0.0.1:3000',
  COUNCIL,
  PORTAL_SECRET,
  TRUST_PROXY,
} = process.env;
const secure = process.env.NODE_ENV === 'production';
if (secure && !PORTAL_SECRET) {
  process.stderr.write('PORTAL_SECRET must be set in production: the same for every process of this portal.\n');
  process.exit(2);
}
const secret = PORTAL_SECRET ? Buffer.from(PORTAL_SECRET) : randomBytes(32);
const trustedProxies = TRUST_PROXY?.split(',').map((proxy) => proxy.trim());
const portal = createPortal({ api: FRONTDOOR_URL, council: COUNCIL || undefined, secure, secret, trustedProxies });
await portal.listen({ port: Number(PORT), host: HOST });
process.stdout.write(
  `The portal is up at http://${COUNCIL ? '' : '<council>.'}localhost:${PORT}, on ${FRONTDOOR_URL}.\n`,
);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void portal.close().then(() => process.exit(0)));
}
