import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../core/project-root.js';
import { backUp } from './backup.js';
import { check } from './check.js';
import { Refused } from './refused.js';
import { restore } from './restore.js';
import { replay, status } from './running.js';

const USAGE = `Usage: npm run ops -- COMMAND

  backup DIR [--with-secrets]   copies the embedded data into a new folder, while the service runs
  restore DIR                   puts a backup into DATA_DIR, which must be empty, and checks every bit of it
  integration status            what no system has acknowledged in time, and how far each follower is behind
  kafka replay --from start|POSITION|DATE --topic TOPIC [--council ID] [--full]
                                publishes again, to a topic of choice; the service's own publishing goes on as it was
  check                         reads the embedded data through and names what is damaged; the service must be stopped

Backups do not hold the secrets (MASTER_KEY, APP_SECRET, the development staff key) unless --with-secrets says so:
whoever has both can read everything. Keep secrets.json apart from the backups; without it a backup is unreadable.
`;

/** What an operator does with the embedded data. The folder is DATA_DIR's. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'with-secrets': { type: 'boolean', default: false },
    from: { type: 'string' },
    topic: { type: 'string' },
    council: { type: 'string' },
    full: { type: 'boolean', default: false },
  },
});
const [command, folder] = positionals;
const embeddedOnly = ['backup', 'restore', 'check'];
const dataDir = resolve(projectRoot, process.env.DATA_DIR || 'var');
const say = (line: string) => process.stdout.write(`${line}\n`);

try {
  if (embeddedOnly.includes(command ?? '') && (process.env.EVENTSTORE_URL || process.env.MONGO_URL)) {
    throw new Refused('EVENTSTORE_URL or MONGO_URL is set: back up those engines with their own tools.');
  }
  if (command === 'backup' && folder) {
    await backUp({ dataDir, target: resolve(folder), withSecrets: values['with-secrets'], say });
  } else if (command === 'restore' && folder) {
    await restore({ dataDir, source: resolve(folder), env: process.env, say });
  } else if (command === 'integration' && folder === 'status') {
    say(await status());
  } else if (command === 'kafka' && folder === 'replay' && values.from && values.topic) {
    const { from, topic, council, full } = values;
    say(`published again: ${(await replay({ from, topic, council, full })).published}`);
  } else if (command === 'check') {
    await check({ dataDir, say });
  } else {
    process.stderr.write(USAGE);
    process.exitCode = 2;
  }
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
