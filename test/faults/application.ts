import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startFollowers } from '../../projections/run.js';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig } from '../../src/config.js';
import { systemClock } from '../../src/core/clock.js';
import { createApp } from '../../src/http.js';
import { openPlatform, type Platform } from '../../src/platform.js';
import { freePort } from '../support/free-port.js';
import { startMongo } from '../support/mongo.js';
import { startSmtp } from '../support/smtp.js';

export interface Application {
  platform: Platform;
  visitor(council: string): Api;
  /** Takes MongoDB away, as a crash does, and brings it back on what it held. */
  mongo: { kill(): Promise<void>; restart(): Promise<void> };
  stop(): Promise<void>;
}

/** The application in this process, followers and all, on an event store that somebody else keeps. */
export async function startApplication(eventStoreUrl: string): Promise<Application> {
  const [started, smtp, port] = await Promise.all([startMongo(), startSmtp(), freePort()]);
  let mongo = started;
  const dataDir = mkdtempSync(join(tmpdir(), 'faults-application-'));
  const config = loadConfig({
    PORT: String(port),
    DATA_DIR: dataDir,
    EVENTSTORE_URL: eventStoreUrl,
    MONGO_URL: mongo.url,
    SMTP_URL: smtp.url,
    NODE_ENV: 'test',
    LOG_LEVEL: process.env.FAULTS_LOG ?? 'silent',
  });
  const platform = await openPlatform(config, systemClock, { answersPeople: true });
  const app = await createApp(platform);
  const followers = startFollowers(platform);
  await app.listen(port, '127.0.0.1');
  return {
    platform,
    visitor: (council) => new Api(`http://127.0.0.1:${port}`, council, undefined, smtp.httpUrl),
    mongo: {
      kill: () => mongo.kill(),
      async restart() {
        mongo = await startMongo({ dataDir: started.dataDir, args: ['--port', String(started.port)] });
      },
    },
    async stop() {
      await app.close();
      await followers.stop();
      await platform.close();
      await Promise.all([mongo.stop(), smtp.stop()]);
      for (const folder of [dataDir, mongo.dataDir, smtp.dataDir]) rmSync(folder, { recursive: true, force: true });
    },
  };
}
