import { createRequire } from 'node:module';
import { join } from 'node:path';
import { page, serve } from './side.js';

/**
 * @event-driven-io/emmett on one of its stores, out of a folder of packages: its own command handler loads, decides and
 * appends. On SQLite one command after the other: concurrent ones fail there, on one connection as on several.
 */
const [folder, kind, place] = process.argv.slice(2) as [string, 'sqlite' | 'postgresql', string];
const load = createRequire(join(folder, 'package.json'));

interface Store {
  schema: { migrate(): Promise<void> };
}
type Handle = (store: Store, id: string, decide: (state: { saved: number }) => object) => Promise<unknown>;
const { CommandHandler } = load('@event-driven-io/emmett') as { CommandHandler: (options: object) => Handle };
const store = kind === 'sqlite' ? sqlite() : postgresql();
await store.schema.migrate();

const handle = CommandHandler({
  initialState: () => ({ saved: 0 }),
  evolve: ({ saved }: { saved: number }) => ({ saved: saved + 1 }),
});
const save = (nth: number) =>
  handle(store, `referral-${nth}`, ({ saved }) => ({ type: 'AnswersSaved', data: { saved, ...page(saved % 10) } }));
let before: Promise<unknown> = Promise.resolve();
await serve(kind === 'sqlite' ? (nth) => (before = before.then(() => save(nth))) : save);

function sqlite(): Store {
  const { getSQLiteEventStore } = load('@event-driven-io/emmett-sqlite') as {
    getSQLiteEventStore: (options: object) => Store;
  };
  return getSQLiteEventStore({ fileName: place, connectionOptions: { singleton: true } });
}

function postgresql(): Store {
  const { getPostgreSQLEventStore } = load('@event-driven-io/emmett-postgresql') as {
    getPostgreSQLEventStore: (url: string) => Store;
  };
  return getPostgreSQLEventStore(place);
}
