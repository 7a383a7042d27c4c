import { boot } from '../src/boot.js';
import { loadConfig } from '../src/config.js';
import { systemClock } from '../src/core/clock.js';
import { holdOutput } from '../src/core/process-output.js';
import { openPlatform } from '../src/platform.js';
import { serveMetrics } from '../src/telemetry/metrics-port.js';
import { stopOnSignal } from '../src/telemetry/stop-on-signal.js';
import { startFollowers } from './run.js';

await boot(start);

/** The projector: a process of its own beside any number of API processes, on the same stores. */
async function start(): Promise<void> {
  const config = loadConfig(process.env);
  if (!config.eventStoreUrl || !config.mongoUrl) {
    throw new Error('Set EVENTSTORE_URL and MONGO_URL: the embedded stores belong to the API process alone.');
  }
  const platform = await openPlatform(config, systemClock);
  holdOutput(platform.logger);
  const followers = startFollowers(platform);
  const metrics = config.metricsPort ? await serveMetrics(platform, config.metricsPort) : undefined;
  stopOnSignal(platform, async () => {
    await followers.stop();
    await metrics?.stop();
    await platform.close();
  });
}
