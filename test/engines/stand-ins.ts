import { startedByTests, type Engine } from './engine.js';

/** The baseline: the suites start the embedded stores themselves. */
export const standIns: Engine = {
  name: 'stand-ins',
  suites: ['mongo store', 'event store'],
  leftOut: { journeys: '`npm test` runs them on the stand-ins' },
  prepare: async () => 'the embedded stores of this build',
  start: startedByTests,
};
