import { join } from 'node:path';
import process from 'node:process';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Tells each mutant where to record that a suite reached it (MUTATION_HITS_DIR), and skips the rest of a suite once a
 * test has noticed the mutant.
 */
export default class MutationEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    const { MUTATION_HITS_DIR: folder } = process.env;
    if (folder) this.global.process.env.MUTATION_HITS = join(folder, context.testPath.replaceAll('/', '~'));
    this.noticed = false;
  }

  handleTestEvent({ name, test }) {
    if (name === 'test_fn_failure' || name === 'hook_failure') this.noticed = true;
    if (name === 'test_start' && this.noticed && process.env.MUTANT) test.mode = 'skip';
  }
}
