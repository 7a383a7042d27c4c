import { availableParallelism } from 'node:os';

/**
 * Tests are TypeScript ES modules; see "test" in package.json for the Node option that jest needs for them. `npm test`
 * runs what answers in minutes; jest.slow.config.js runs the rest.
 */
export default {
  testEnvironment: 'node',
  rootDir: '.',
  // Watch mode runs what a change below any of these touches.
  roots: ['<rootDir>/src', '<rootDir>/projections', '<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/engines/', '\\.slow\\.test\\.ts$'],
  globalSetup: '<rootDir>/test/support/global-setup.js',
  globalTeardown: '<rootDir>/test/support/global-teardown.js',
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  // A test waits for a condition; this limit only ends one that hangs, and leaves a busy machine room.
  testTimeout: 120_000,
  // Suites wait for processes of their own more than they compute, and those processes want cores too.
  maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  // Modules of suites that have ended are never released.
  workerIdleMemoryLimit: '1GB',
};
