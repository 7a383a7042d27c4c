import { expect, test } from '@jest/globals';
import { settingMistakes } from '../../src/config.js';
import { askingTheLeader } from '../../src/core/store-urls.js';

const mongo = (options: string) => `mongodb://user:canary@one:27017,two/?replicaSet=rs0&${options}`;
const events = (options: string) => `esdb+discover://user:canary@events:2113?tls=true&${options}`;

test.each([
  ['w=0', 'w must be majority'],
  ['w=1', 'w must be majority'],
  ['W=1', 'w must be majority'],
  ['journal=false', 'journal must be true'],
  ['readPreference=secondaryPreferred', 'readPreference must be primary'],
  ['readpreference=nearest', 'readPreference must be primary'],
  ['readPreferenceTags=dc:east', 'readPreferenceTags must be left out'],
  ['readConcernLevel=local', 'readConcernLevel must be majority'],
  ['retryWrites=false', 'retryWrites must be true'],
])('a MONGO_URL with %s is refused, and says no password', (options, why) => {
  const [mistake, ...others] = settingMistakes({ MONGO_URL: mongo(options) });
  expect(others).toEqual([]);
  expect(mistake).toMatch(/^MONGO_URL /);
  expect(mistake).toContain(why);
  expect(mistake).not.toContain('canary');
});

test.each(['', 'w=majority', 'retryWrites=true&readPreference=primary', 'authSource=admin&tls=true&appName=w'])(
  'a MONGO_URL with %j is taken',
  (options) => {
    expect(settingMistakes({ MONGO_URL: mongo(options) })).toEqual([]);
  },
);

test.each([
  ['nodePreference=follower', 'nodePreference must be leader'],
  ['node-preference=Random', 'nodePreference must be leader'],
  ['throwOnAppendFailure=false', 'throwOnAppendFailure must be true'],
])('an EVENTSTORE_URL with %s is refused, and says no password', (options, why) => {
  const [mistake, ...others] = settingMistakes({ EVENTSTORE_URL: events(options) });
  expect(others).toEqual([]);
  expect(mistake).toContain(why);
  expect(mistake).not.toContain('canary');
});

test.each([
  ['esdb://127.0.0.1:2113?tls=false', 'esdb://127.0.0.1:2113?tls=false&nodePreference=leader'],
  ['esdb://one:2113,two:2113', 'esdb://one:2113,two:2113?nodePreference=leader'],
  ['esdb://one,two,three/', 'esdb://one,two,three?nodePreference=leader'],
  ['esdb+discover://events/', 'esdb+discover://events?nodePreference=leader'],
  ['esdb+discover://events', 'esdb+discover://events?nodePreference=leader'],
  ['esdb://a?NodePreference=leader', 'esdb://a?NodePreference=leader'],
])('%s is asked for its leader', (given, asked) => {
  expect(askingTheLeader(given)).toBe(asked);
});
