/** A store that was started elsewhere and that tests are pointed at: the cross-checks (test/engines) do so. */
export interface NamedStore {
  url: string;
  stop: () => Promise<void>;
}

const named = (variable: string): NamedStore | undefined => {
  const url = process.env[variable];
  // Who started it ends it.
  return url ? { url, stop: async () => undefined } : undefined;
};

/** The event store at EVENTSTORE_TEST_URL, where there is one. */
export const namedEventStore = () => named('EVENTSTORE_TEST_URL');

/** The server that speaks MongoDB's protocol at MONGO_TEST_URL, where there is one. */
export const namedMongo = () => named('MONGO_TEST_URL');

/** Where mail servers can be had of another process (see test/mail/mail-server-elsewhere.ts), if SMTP_TEST_CONTROL says so. */
export const namedMailServer = (): number | undefined => Number(process.env.SMTP_TEST_CONTROL) || undefined;

/**
 * What points the application at them; unset, the stand-ins serve it. Whatever stores a developer's own shell names
 * are none of a test's business: they are unset too.
 */
export const namedStores = (): Record<'EVENTSTORE_URL' | 'MONGO_URL', string | undefined> => ({
  EVENTSTORE_URL: namedEventStore()?.url,
  MONGO_URL: namedMongo()?.url,
});
