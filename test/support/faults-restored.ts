import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dist } from './dist.js';
import { Api } from '../../src/cli/demo/api.js';
import { loadConfig } from '../../src/config.js';
import { developmentToken } from '../../src/staff/development-token.js';
import { freePort } from './free-port.js';
import { killer } from './mongo.js';

export interface Restored {
  visitor(council: string): Api;
  staff(council: string, role: string): Promise<Api>;
  stop(): Promise<void>;
}

/** The whole product as `npm start` runs it, on a data folder that is there already. */
export async function startRestored(dataDir: string): Promise<Restored> {
  const port = await freePort();
  const settings = { PORT: String(port), DATA_DIR: dataDir, LOG_LEVEL: 'error', NODE_ENV: 'test' };
  const child = spawn(process.execPath, [join(dist, 'src/main.js')], {
    env: { ...process.env, NODE_OPTIONS: '', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ended with code ${String(code)}`))),
  ]);
  const visitor = (council: string) => new Api(`http://127.0.0.1:${port}`, council);
  return {
    visitor,
    async staff(council, role) {
      const who = { sub: `${role}-of-${council}`, name: `The ${role}`, role, council };
      return visitor(council).as(await developmentToken(loadConfig(settings), who));
    },
    stop: () => killer(child)('SIGTERM'),
  };
}
