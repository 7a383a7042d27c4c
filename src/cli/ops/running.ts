import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allFollowers } from '../../../projections/followers.js';
import { openPublishing } from '../../../projections/kafka/open.js';
import { loadConfig, type Config } from '../../config.js';
import { systemClock } from '../../core/clock.js';
import { openPlatform, type Platform } from '../../platform.js';
import { integrationStatus } from '../../integration/status.js';
import { integrationStatusText } from './integration-status.js';
import { replayToKafka } from './kafka-replay.js';
import { Refused } from './refused.js';

/** Commands that look into a service that runs, its embedded stores included. */
async function onRunning<T>(work: (platform: Platform, config: Config) => Promise<T>): Promise<T> {
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

/** `ops integration status`: what no system has acknowledged in time, and how far each follower is behind. */
export function status(): Promise<string> {
  return onRunning(async (platform) => {
    const publishing = openPublishing(platform);
    const followers = allFollowers({ ...platform, ledger: platform.mails, wakeMail: () => undefined, publishing });
    return integrationStatusText(await integrationStatus({ ...platform, followers }));
  });
}

/** `ops kafka replay`: publishes again, to a topic of choice. */
export function replay({ from, ...options }: { from: string; topic: string; full: boolean; council?: string }) {
  return onRunning(async (platform, { kafka, publicUrl }) => {
    if (!kafka) throw new Refused('Set KAFKA_BROKERS: there is nowhere to publish to.');
    return replayToKafka({ ...platform, ...options, from: beginning(from), kafka, publicUrl });
  });
}

/** `start`, a position of the log, or a date. */
function beginning(from: string): 'start' | bigint | Date {
  if (from === 'start') return from;
  if (/^\d+$/.test(from)) return BigInt(from);
  const date = new Date(from);
  if (Number.isNaN(date.getTime())) throw new Refused(`--from is start, a position or a date, not ${from}.`);
  return date;
}

function embedded({ dataDir }: Config): { events?: string; views?: string; mail?: string } {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as object;
  } catch {
    throw new Refused(`Nothing runs on ${dataDir}. Start the service, or set EVENTSTORE_URL and MONGO_URL.`);
  }
}
