import 'reflect-metadata';
import { boot } from './boot.js';
import { loadConfig, type Config } from './config.js';
import { systemClock } from './core/clock.js';
import { holdOutput } from './core/process-output.js';
import { createApp } from './http.js';
import { openPlatform, type Platform } from './platform.js';
import { followInside } from '../projections/inside.js';
import { countThread } from './telemetry/counted.js';
import { serveMetrics } from './telemetry/metrics-port.js';
import { stopOnSignal } from './telemetry/stop-on-signal.js';

await boot(start);

async function start(): Promise<void> {
  const config = loadConfig(process.env);
  const platform = await openPlatform(config, systemClock, { answersPeople: true });
  holdOutput(platform.logger);
  const followers = config.projectionsInside ? followInside(platform) : undefined;
  if (followers) countThread(() => followers.counted());
  const app = await createApp(platform);
  await followers?.started;
  const metrics = config.metricsPort ? await serveMetrics(platform, config.metricsPort) : undefined;
  stopOnSignal(platform, async () => {
    await app.close();
    await followers?.stop();
    await metrics?.stop();
    await platform.close();
  });
  await app.listen(config.port, config.host);
  process.stdout.write(banner(platform));
}

function scanWarning(production: boolean): string {
  return production ? 'WARNING: none. Uploaded files are inspected but not scanned: set CLAMD_URL' : 'none (CLAMD_URL)';
}

function metricsOf({ metricsPort, production }: Config, api: string): string {
  if (metricsPort) return `http://localhost:${metricsPort}/metrics`;
  return production ? 'none (METRICS_PORT)' : `${api}/metrics`;
}

/** Where everything is, and what to try next. */
function banner({ config, places, councils }: Platform): string {
  const api = `http://localhost:${config.port}`;
  const names = councils.all().map(({ id }) => id);
  const lines = [
    `Frontdoor is up.`,
    ``,
    `  API           ${api}/graphql   (councils: ${names.join(', ')}; name one in the x-council header)`,
    ...(places.mailbox ? [`  Mailbox       ${api}/mailbox   (and ${api}/mailbox.json?to=ADDRESS)`] : []),
    ...(config.console ? [`  Console       ${api}/console`] : []),
    `  Health        ${api}/healthz, ${api}/readyz`,
    `  Metrics       ${metricsOf(config, api)}`,
    `  Events        ${places.events}`,
    `  Read models   ${places.views}`,
    `  Mail          ${places.mail}`,
    `  Data          ${config.dataDir}`,
    ...(config.production && !config.trustedDocuments
      ? ['  Documents     WARNING: any within the limits is served: set TRUSTED_DOCUMENTS']
      : []),
    `  Malware scan  ${config.clamdUrl ?? scanWarning(config.production)}`,
    ``,
    ...(config.production || config.staff.jwksUrl
      ? []
      : [
          `  A staff token:  npm run -s token -- --council ${names[0]} --role worker   (or auditor, records_officer, service)`,
        ]),
    `  Try next:       npm run demo; npm run portal for referrers' pages; npm run seed for a full inbox`,
    ``,
  ];
  return `${lines.join('\n')}\n`;
}
