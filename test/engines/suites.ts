import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SuiteName } from './engine.js';
import { repository } from './places.js';

/** Tests that need a server without anything in it, and can share it. */
export interface Group {
  /** From the repository on. */
  files: readonly string[];
  /** Of their tests those with such names: a regular expression, as jest's -t has it. */
  only?: string;
}

/** The tests of a file with names that begin so, and the others, which use the same streams again. */
const apart = (name: string, beginning: string): Group[] =>
  [`^${beginning}`, `^(?!${beginning})`].map((only) => ({
    files: [`test/embedded/event-store/${name}.test.ts`],
    only,
  }));

const journeys = (): string[] =>
  readdirSync(join(repository, 'test/journeys'))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();

export const suites: Record<SuiteName, () => Group[]> = {
  // Each file takes a database of its own.
  'mongo store': () => [
    { files: ['queries', 'writes', 'indexes'].map((name) => `test/embedded/mongo/${name}.test.ts`) },
  ],
  // Of the embedded store's own tests those that are about the protocol, not about its files and its program.
  'event store': () => [
    ...apart('appends', 'an append by Append '),
    { files: ['test/embedded/event-store/streams.test.ts'] },
    { files: ['test/embedded/event-store/subscriptions.test.ts'] },
    ...apart('persistent-subscriptions.slow', 'a persistent subscription to .all keeps '),
  ],
  malware: () => [{ files: ['test/engines/clamd/clamd.test.ts'] }],
  mail: () => ['send', 'sender', 'remind'].map((name) => ({ files: [`test/mail/${name}.test.ts`] })),
  'mail transfer agent': () => [{ files: ['test/engines/smtp/exim.test.ts'] }],
  files: () => [{ files: ['test/engines/s3/s3.test.ts'] }],
  Kafka: () =>
    ['kafka', 'slow', 'cluster', 'example'].map((name) => ({ files: [`test/engines/kafka/${name}.test.ts`] })),
  browser: () => ['journey', 'every-form'].map((name) => ({ files: [`test/engines/browser/${name}.test.ts`] })),
  deployment: () => [{ files: ['test/engines/deploy/deploy.test.ts'] }],
  'roots in a bucket': () => [{ files: ['test/engines/s3/roots.test.ts'] }],
  'roots in a topic': () => [{ files: ['test/engines/kafka/roots.test.ts'] }],
  journeys: () => journeys().map((name) => ({ files: [`test/journeys/${name}`] })),
};
