import { availableParallelism } from 'node:os';

/** Tests are TypeScript ES modules; see "test" in package.json for the Node option that jest needs for them. */
export default {
  testEnvironment: 'node',
  rootDir: '.',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['<rootDir>/test/engines/'],
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
  testTimeout: 30_000,
  // Suites wait for processes of their own more than they compute, and those processes want cores too.
  maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  // Modules of suites that have ended are never let go.
  workerIdleMemoryLimit: '1GB',
};
