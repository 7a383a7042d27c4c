/** The variables that point the suites at a server (see test/support/engines.ts); none: the stand-ins. */
export type Pointers = Partial<Record<'MONGO_TEST_URL' | 'EVENTSTORE_TEST_URL' | 'SMTP_TEST_CONTROL', string>>;

/** A server with nothing in it yet. */
export interface RunningEngine {
  pointers: Pointers;
  stop(): Promise<void>;
}

export interface Engine {
  name: string;
  /** The suites that make sense on it; for the others, why they do not. */
  suites: readonly SuiteName[];
  leftOut?: Partial<Record<SuiteName, string>>;
  /**
   * Installs what it needs, and says what it is, with its version. Throws Unavailable where this machine cannot run it.
   * What goes wrong after that is a failure, not a reason to skip.
   */
  prepare(): Promise<string>;
  start(): Promise<RunningEngine>;
}

/** Where the tests start what they need themselves. */
export const startedByTests = async (): Promise<RunningEngine> => ({ pointers: {}, stop: async () => undefined });

export type SuiteName =
  | 'mongo store'
  | 'event store'
  | 'journeys'
  | 'malware'
  | 'files'
  | 'mail'
  | 'mail transfer agent'
  | 'Kafka'
  | 'roots in a bucket'
  | 'roots in a topic'
  | 'deployment'
  | 'browser';

/** Why an engine cannot be run on this machine. */
export class Unavailable extends Error {}
