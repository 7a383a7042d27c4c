import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { databases, problemsOf, servedStores, type StoreName } from './databases.js';
import { Refused } from './refused.js';
import { withStandIns } from './stand-ins.js';
import { verifyLog } from './verify.js';

/** Reads the embedded data through: the structure of each database, every event's checksum, every stream's hash chain. */
export async function check({ dataDir, say }: { dataDir: string; say: (line: string) => void }): Promise<void> {
  if (!existsSync(join(dataDir, 'event-store', databases['event-store']))) {
    throw new Refused(`${dataDir} holds no embedded data: nothing to check.`);
  }
  const served = servedStores(dataDir);
  if (served.length > 0) throw new Refused(`A server is running on ${dataDir} (${served.join(', ')}). Stop it first.`);
  checkDatabases(dataDir, say);
  await withStandIns(dataDir, async ({ events }) => {
    const { events: count, streams, broken } = await verifyLog(events);
    if (broken.length > 0) throw new Refused(`These hash chains are broken:\n  ${broken.join('\n  ')}`);
    say(`${count} events in ${streams} streams are as they were written`);
  });
}

/** Throws where SQLite finds fault with a database. */
export function checkDatabases(dataDir: string, say: (line: string) => void): void {
  for (const name of Object.keys(databases) as StoreName[]) {
    const file = join(dataDir, name, databases[name]);
    if (!existsSync(file)) continue;
    const problems = problemsOf(file);
    if (problems.length > 0) throw new Refused(`${file} is damaged:\n  ${problems.join('\n  ')}`);
    say(`${name}/${databases[name]} is sound`);
  }
}
