import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { startFollowers } from '../../projections/run.js';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig } from '../../src/config.js';
import type { Clock } from '../../src/core/clock.js';
import { createApp } from '../../src/http.js';
import { openPlatform, type Platform } from '../../src/platform.js';
import { namedEventStore, namedMongo } from './engines.js';
import { startEventStore } from './event-store.js';
import { freePort } from './free-port.js';
import { staffToken } from './frontdoor.js';
import { startMongo } from './mongo.js';
import { startSmtp } from './smtp.js';

/** A clock that stands still until it is moved. */
export class MovableClock implements Clock {
  constructor(private at = Date.now()) {}

  now(): Date {
    return new Date(this.at);
  }

  /** Moves it forward, by milliseconds. */
  move(milliseconds: number): void {
    this.at += milliseconds;
  }
}

export interface TimedFrontdoor {
  clock: MovableClock;
  platform: Platform;
  app: NestFastifyApplication;
  visitor(council: string): Api;
  staff(council: string, role: string): Promise<Api>;
  stop(): Promise<void>;
}

/**
 * The application in this process, under a clock that the test moves, on stores in processes of their own. `settings`
 * are environment variables on top: COUNCILS_DIR, CLAMD_URL and so on. The stores use the folder of DATA_DIR where it is
 * set, as `npm start` would.
 */
export async function startTimedFrontdoor(
  settings: Record<string, string> = {},
  clock = new MovableClock(),
): Promise<TimedFrontdoor> {
  const folderOf = (store: string) => (settings.DATA_DIR ? { dataDir: join(settings.DATA_DIR, store) } : {});
  const [events, mongo, smtp, port] = await Promise.all([
    namedEventStore() ?? startEventStore(folderOf('event-store')),
    namedMongo() ?? startMongo(folderOf('mongo')),
    startSmtp(folderOf('smtp')),
    freePort(),
  ]);
  const config = loadConfig({
    PORT: String(port),
    DATA_DIR: mkdtempSync(join(tmpdir(), 'frontdoor-')),
    EVENTSTORE_URL: events.url,
    MONGO_URL: mongo.url,
    SMTP_URL: smtp.url,
    NODE_ENV: 'test',
    LOG_LEVEL: 'error',
    ...settings,
  });
  const platform = await openPlatform(config, clock);
  const app = await createApp(platform);
  const followers = startFollowers(platform);
  await app.listen(port, '127.0.0.1');
  const visitor = (council: string) => new Api(`http://127.0.0.1:${port}`, council, undefined, smtp.httpUrl);
  return {
    clock,
    platform,
    app,
    visitor,
    staff: async (council, role) => visitor(council).as(await staffToken(config, council, role, clock.now())),
    async stop() {
      await app.close();
      await followers.stop();
      await platform.close();
      await Promise.all([events.stop(), mongo.stop(), smtp.stop()]);
    },
  };
}
