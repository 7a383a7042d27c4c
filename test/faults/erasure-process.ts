import { startFollowers } from '../../projections/run.js';
import { RegistrationSweep } from '../../src/account/registration-sweep.js';
import { loadConfig } from '../../src/config.js';
import { DAY, systemClock } from '../../src/core/clock.js';
import { openPlatform } from '../../src/platform.js';
import { SavedFormSweep } from '../../src/referral/saved-form-sweep.js';

/** A projector that sweeps without a pause: what `erasure.ts` kills. Says when it begins. */
const platform = { ...(await openPlatform(loadConfig(process.env), systemClock)), alone: true };
startFollowers(platform);
const { views, handling, clock, logger } = platform;
const sweep = new SavedFormSweep(views, handling, clock, logger);
// By its clock every registration is a week old.
const inAWeek = { now: () => new Date(clock.now().getTime() + 7 * DAY) };
const registrations = new RegistrationSweep(views, handling, inAWeek, logger);
// Its followers read what is new first: only where something is due does the killing begin.
const due = () => views.collection('saved-forms').countDocuments({ expiresAt: { $lte: clock.now().toISOString() } });
for (const until = Date.now() + 20_000; Date.now() < until && (await due()) === 0;) {
  await new Promise((resolve) => setTimeout(resolve, 2));
}
process.stdout.write('begun\n');
for (;;) {
  await Promise.allSettled([sweep.sweep(), registrations.sweep()]);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
