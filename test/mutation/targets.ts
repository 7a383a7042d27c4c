/** What is mutated: a folder of the report, its files, and how many mutants of them a run draws. */
export interface Target {
  name: string;
  /** From the root of the repository. */
  files: RegExp;
  drawn: number;
  /** True where only suites that start stores reach it: it is left out unless a run is asked for it (--stores). */
  needsStores?: true;
}

/** The first that a file fits is the one it counts for. */
export const targets: readonly Target[] = [
  {
    name: 'deciders',
    files:
      /^src\/(account\/(account\.decider|email-reservation)|referral\/(\w+\.decider|referral\.state|referral-status|reference|available-actions))\.ts$/,
    drawn: 90,
  },
  {
    name: 'projections',
    files: /^projections\/(inbox|saved-forms|submitted-forms|receipts|records|registrations|reminders)\.ts$/,
    drawn: 60,
  },
  {
    name: 'core',
    files:
      /^src\/core\/(hash-chain|seal|secrets|merkle-tree|merge-patch|canonical-json|swept|one-time-code|ids|clock)\.ts$/,
    drawn: 40,
  },
  { name: 'account', files: /^src\/account\/(common-passwords|challenge-token)\.ts$/, drawn: 25 },
  { name: 'session', files: /^src\/session\/(device|client-address|limit-settings)\.ts$/, drawn: 20 },
  { name: 'live', files: /^src\/referral\/live\.ts$/, drawn: 10 },
  {
    name: 'following',
    files: /^projections\/(project|follow|lease|checkpoints|parked|applying|turns)\.ts$/,
    drawn: 30,
    needsStores: true,
  },
  {
    name: 'core, stores',
    files: /^src\/core\/(handle-command|event-log|keys|master-keys|records|at-once|lookup-secret)\.ts$/,
    drawn: 30,
    needsStores: true,
  },
  {
    name: 'account, stores',
    files: /^src\/account\/(account\.service|account-limits|passwords|registration-sweep|address-key)\.ts$/,
    drawn: 20,
    needsStores: true,
  },
  {
    name: 'session, stores',
    files: /^src\/session\/(sessions|limits|own-writes|captcha|recaptcha|session-cookie|request-context)\.ts$/,
    drawn: 25,
    needsStores: true,
  },
];

/** Suites that need no store: each takes seconds. */
export const suites = [
  'test/deciders/',
  'test/core/(json|hash-chain|merkle-tree|swept|at-once|edges|secrecy)',
  'test/projections/(inbox|receipts|records|registrations|reminders|saved-forms|submitted-forms|erased)',
  'test/referral/',
  'test/account/common-passwords',
  'test/session/settings',
];

/** Suites that start stores: the quickest of those that reach the code above. */
export const suitesWithStores = [
  'test/core/(command-handling|keys)',
  'test/projections/(project|parking|lease|interrupted)',
  'test/faults/follow',
  'test/session/(limits|own-writes|sessions)',
  'test/captcha/',
  'test/journeys/sessions',
  'test/cli/accounts',
];
/** Those of them that the mutants in always.ts need. */
export const suitesOfAlways = ['test/core/keys', 'test/faults/follow'];
