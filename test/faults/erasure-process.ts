import { startFollowers } from '../../projections/run.js';
import { loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/core/clock.js';
import { openPlatform } from '../../src/platform.js';
import { SavedFormSweep } from '../../src/referral/saved-form-sweep.js';

/** A projector that sweeps without a pause: what `erasure.ts` kills. Says when it begins. */
const platform = { ...(await openPlatform(loadConfig(process.env), systemClock)), alone: true };
startFollowers(platform);
const { views, handling, clock, logger } = platform;
const sweep = new SavedFormSweep(views, handling, clock, logger);
process.stdout.write('begun\n');
for (;;) {
  await sweep.sweep().catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
