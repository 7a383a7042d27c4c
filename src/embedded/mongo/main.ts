import { parseArgs } from 'node:util';
import { Cursors } from './commands/cursors.js';
import { dispatch } from './commands/dispatch.js';
import { checkLoopback, numberFrom, serve, type Running } from './serve.js';
import { Catalog } from './storage/catalog.js';
import { expire } from './storage/expiry.js';
import { GroupCommit } from './storage/group-commit.js';
import { openExclusively } from './storage/sqlite.js';
import { Traces } from './storage/traces.js';
import { Store } from './storage/store.js';
import { listen } from './wire/server.js';

const OPTIONS = {
  port: { type: 'string', default: '27017' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
  'ttl-seconds': { type: 'string', default: '60' },
} as const;

async function start(argv: string[]): Promise<Running> {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.data === undefined) throw new Error('--data needs the folder to keep the data in');
  checkLoopback(values.host);
  const port = numberFrom(values.port, 'port');
  const ttlSeconds = numberFrom(values['ttl-seconds'], 'ttl-seconds');

  const sqlite = await openExclusively(values.data, 'mongo.db');
  const catalog = new Catalog(sqlite);
  const store = new Store(sqlite, catalog);
  const commits = new GroupCommit(sqlite, catalog);
  const cursors = new Cursors();
  const traces = new Traces(sqlite);
  const listening = await listen(values.host, port, (message) =>
    dispatch({ store, commits, cursors, traces }, message),
  );

  let sweeping = false;
  const sweep = setInterval(
    () => {
      cursors.expire();
      if (sweeping) return;
      sweeping = true;
      expire(store, commits)
        .catch((error: unknown) => console.error('expiry of documents failed:', error))
        .finally(() => (sweeping = false));
    },
    Math.max(1, ttlSeconds) * 1000,
  );

  const stop = async (): Promise<void> => {
    clearInterval(sweep);
    traces.stop();
    await listening.close();
    commits.flush();
    sqlite.close();
  };
  return { ready: { port: listening.port }, stop };
}

await serve(start);
