import { appendFileSync, readFileSync } from 'node:fs';
import process from 'node:process';
import TestRunner from 'jest-runner';

/**
 * Runs suites once for each mutant of a plan (MUTATION_PLAN), all in one process, until one fails: starting jest takes
 * longer than most suites. Says what became of each on a line of MUTATION_PROGRESS. Without a plan it is jest's own runner.
 */
export default class MutationRunner extends TestRunner {
  async runTests(tests, watcher, options) {
    const { MUTATION_PLAN: plan, MUTATION_PROGRESS: progress } = process.env;
    if (!plan) return super.runTests(tests, watcher, options);
    const say = (line) => appendFileSync(progress, `${JSON.stringify(line)}\n`);
    for (const { id, suites } of JSON.parse(readFileSync(plan, 'utf8'))) {
      say({ id, outcome: 'begun' });
      process.env.MUTANT = id;
      const by = await this.firstFailure(
        suites.map((suite) => tests.find(({ path }) => path.endsWith(`/${suite}`))),
        (chosen) => super.runTests([chosen], watcher, { ...options, serial: true }),
      );
      say(by === undefined ? { id, outcome: 'survived', by: '' } : { id, outcome: 'killed', by });
    }
  }

  /** The name of the first test that fails; undefined where all pass. */
  async firstFailure(tests, run) {
    for (const test of tests) {
      let failed;
      const ends = [
        this.on('test-file-success', ([, result]) => (failed = nameOfFailure(result))),
        this.on('test-file-failure', ([, error]) => (failed = `the suite: ${error.message}`)),
      ];
      await run(test);
      for (const end of ends) end();
      if (failed !== undefined) return `${test.path.split('/test/').at(-1)}: ${failed.slice(0, 200)}`;
    }
    return undefined;
  }
}

function nameOfFailure({ testResults, testExecError }) {
  const failed = testResults.find(({ status }) => status === 'failed');
  return failed?.fullName ?? testExecError?.message;
}
