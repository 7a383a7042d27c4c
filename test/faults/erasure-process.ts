import { once } from 'node:events';
import { startFollowers } from '../../projections/run.js';
import { Leases } from '../../projections/lease.js';
import { RegistrationSweep } from '../../src/account/registration-sweep.js';
import { loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/core/clock.js';
import { createApp } from '../../src/http.js';
import { openPlatform } from '../../src/platform.js';
import { RetentionSweep } from '../../src/records/retention-sweep.js';
import { SavedFormSweep } from '../../src/referral/saved-form-sweep.js';

/** The product, told when to begin with its sweeps, which then have no pause: what `erasure.ts` kills. */
const config = loadConfig(process.env);
const platform = { ...(await openPlatform(config, systemClock)), alone: true };
startFollowers(platform);
const app = await createApp(platform);
await app.listen(config.port, '127.0.0.1');
process.stdout.write('up\n');
await once(process.stdin, 'data');
const { views, vault, handling, clock, logger } = platform;
const sweeps = [
  new SavedFormSweep(views, handling, clock, logger),
  new RegistrationSweep(views, handling, clock, logger),
  new RetentionSweep({ ...platform, leases: new Leases(vault, 'embedded') }),
];
for (;;) {
  await Promise.allSettled(sweeps.map((sweep) => sweep.sweep()));
  await new Promise((resolve) => setTimeout(resolve, 5));
}
