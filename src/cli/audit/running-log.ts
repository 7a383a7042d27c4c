import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EventStoreDBClient } from '@eventstore/db-client';
import { askingTheLeader } from '../../core/store-urls.js';
import { projectRoot } from '../../core/project-root.js';
import { Refused } from '../ops/refused.js';

/** A client of the event store of a service that runs, and of nothing else: verifying needs no secret and no vault. */
export function runningEvents(): EventStoreDBClient {
  const dataDir = resolve(projectRoot, process.env.DATA_DIR || 'var');
  return EventStoreDBClient.connectionString(askingTheLeader(process.env.EVENTSTORE_URL || embeddedUrl(dataDir)));
}

function embeddedUrl(dataDir: string): string {
  try {
    return (JSON.parse(readFileSync(join(dataDir, 'embedded.json'), 'utf8')) as { events: string }).events;
  } catch {
    throw new Refused(
      `Nothing runs on ${dataDir}. Start the service, set EVENTSTORE_URL, or name a folder with --backup.`,
    );
  }
}
