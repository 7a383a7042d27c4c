import { runJest } from '../../engines/jest.js';
import type { Group } from '../../engines/suites.js';
import type { SecurityRow } from '../row.js';

interface Tested extends Pick<SecurityRow, 'area' | 'name' | 'target'>, Group {
  /** So many tests there are at least: a file that lost its tests proves nothing. */
  least: number;
}

/** Rules whose attacks are tests of `npm test`: run here once more, so that one table says of every rule whether it holds. */
const tested: Tested[] = [
  {
    area: 'Brute force',
    name: 'codes sent again, passwords guessed',
    target: 'resent ≥ 60 s apart and ≤ 5 an hour; after ten wrong passwords replies tell nothing',
    files: ['test/journeys/attack.test.ts'],
    least: 12,
  },
  {
    area: 'Sessions',
    name: 'lists, cookies, changes of password, subscriptions',
    target: 'each ended as it should be; polling and subscriptions are no activity',
    files: ['test/journeys/sessions.test.ts'],
    least: 10,
  },
  {
    area: 'GraphQL',
    name: 'trusted documents, and limits over WebSockets',
    target: 'only what is listed; the same limits everywhere',
    files: ['test/graphql/trusted.test.ts', 'test/graphql/limits.test.ts'],
    least: 75,
  },
  {
    area: 'Errors',
    name: 'a fault in every resolver and route',
    target: '7 kinds of fault: no path, stack or personal data in replies and log',
    files: ['test/access/faults.test.ts'],
    least: 420,
  },
  {
    area: 'Object access',
    name: 'every operation by every kind of caller; links to files',
    target: 'role × operation × (own, same council, other council); an operation with no row fails',
    files: ['test/access/matrix.test.ts', 'test/access/declared.test.ts', 'test/access/file-urls.test.ts'],
    least: 850,
  },
  {
    area: 'Object access',
    name: 'staff of an OpenID provider',
    target: 'issuer per council, roles from claims, audience, clock skew, new keys',
    files: ['test/staff/openid.test.ts'],
    least: 10,
  },
  {
    area: 'Uploads',
    name: 'hostile files',
    target: '≥ 200 hostile files: 0 released; a silent scanner releases none',
    files: [
      'test/attachment/inspect-file.test.ts',
      'test/attachment/upload.test.ts',
      'test/attachment/file-check.test.ts',
    ],
    least: 290,
  },
  {
    area: 'Personal data at rest',
    name: 'canaries erased, every byte of every store read; keys changed',
    target: '0 canaries left, the history verifies, 0 events rewritten',
    files: ['test/audit/erasure.slow.test.ts', 'test/core/keys.test.ts', 'test/core/command-handling.test.ts'],
    least: 35,
  },
  {
    area: 'Personal data at rest',
    name: 'registrations that nobody confirms',
    target: 'gone after seven days with their key; raced with a confirmation, one or the other',
    files: ['test/journeys/unconfirmed.slow.test.ts'],
    least: 4,
  },
  {
    area: 'Saved forms',
    name: 'at the end of day 30',
    target: 'readable a second before, gone after the next sweep',
    files: ['test/journeys/time.test.ts'],
    only: 'saved form|each save',
    least: 2,
  },
  {
    area: 'Logs',
    name: 'canaries through the whole journey',
    target: '0 in logs, errors, metrics and traces',
    files: ['test/logs/canaries.test.ts', 'test/telemetry/metrics.test.ts', 'test/telemetry/tracing.test.ts'],
    least: 10,
  },
  {
    area: 'Audit',
    name: 'a log tampered with 1,000 times',
    target: '100 % found, place named',
    files: ['test/audit/tampering.slow.test.ts'],
    least: 2,
  },
  {
    area: 'Headers',
    name: 'other origins, slow and greedy clients',
    target: 'no answer for other origins; cut off after 10 s (headers) and 15 s (body)',
    files: ['test/http/headers.test.ts', 'test/http/slow-clients.slow.test.ts'],
    least: 30,
  },
];

export const rows = tested.map(({ area, name, target, least, ...group }): SecurityRow => ({
  area,
  name,
  target,
  async run() {
    const results = (await runJest(group, {})).filter(({ status }) => status !== 'skipped');
    const failed = results.filter(({ status }) => status === 'failed');
    const files = group.files.map((file) => file.replace(/^test\/|\.test\.ts$/g, '')).join(', ');
    const counted = `${results.length - failed.length} of ${results.length} tests passed (${files})`;
    return {
      measured: [counted, ...failed.map((one) => one.name)].join('; '),
      pass: failed.length === 0 && results.length >= least,
    };
  },
}));
