import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../config.js';
import { systemClock } from '../../core/clock.js';
import { openPlatform, type Platform } from '../../platform.js';
import { Refused } from './refused.js';

/** Looks into a service that runs, its embedded stores included. */
export async function onRunning<T>(work: (platform: Platform, config: Config) => Promise<T>): Promise<T> {
  const own = loadConfig(process.env);
  const places = own.eventStoreUrl && own.mongoUrl ? {} : embedded(own);
  const config = {
    ...own,
    eventStoreUrl: own.eventStoreUrl ?? places.events,
    mongoUrl: own.mongoUrl ?? places.views,
    smtpUrl: own.smtpUrl ?? places.mail,
  };
  const platform = await openPlatform(config, systemClock);
  try {
    return await work(platform, config);
  } finally {
    await platform.close();
  }
}

function embedded({ dataDir }: Config): { events?: string; views?: string; mail?: string } {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as object;
  } catch {
    throw new Refused(`Nothing runs on ${dataDir}. Start the service, or set EVENTSTORE_URL and MONGO_URL.`);
  }
}
