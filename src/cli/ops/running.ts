import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, type Config } from '../../config.js';
import { systemClock } from '../../core/clock.js';
import { openPlatform, type Platform } from '../../platform.js';
import { Refused } from './refused.js';

/** The settings as the service would be started with them; throws Refused, naming every mistake. */
export function ownConfig(): Config {
  try {
    return loadConfig(process.env);
  } catch (error) {
    throw new Refused((error as Error).message, { cause: error });
  }
}

/** Looks into a service that runs, its embedded stores included. */
export async function onRunning<T>(work: (platform: Platform, config: Config) => Promise<T>): Promise<T> {
  const own = ownConfig();
  const places = own.eventStoreUrl && own.mongoUrl ? {} : embedded(own);
  const config = {
    ...own,
    eventStoreUrl: own.eventStoreUrl ?? places.events,
    mongoUrl: own.mongoUrl ?? places.views,
    smtpUrl: own.smtpUrl ?? places.mail,
  };
  const platform = await opened(config);
  try {
    return await work(platform, config);
  } finally {
    await platform.close();
  }
}

/** What keeps it from opening is said in plain words, as at a boot. */
async function opened(config: Config): Promise<Platform> {
  try {
    return await openPlatform(config, systemClock);
  } catch (error) {
    const why = (error as Error).message;
    throw new Refused(`The stores cannot be reached or opened: does the service run? ${why}`, { cause: error });
  }
}

function embedded({ dataDir }: Config): { events?: string; views?: string; mail?: string } {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as object;
  } catch {
    throw new Refused(`Nothing runs on ${dataDir}. Start the service, or set EVENTSTORE_URL and MONGO_URL.`);
  }
}
