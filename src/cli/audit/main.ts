import { Command, CommanderError } from 'commander';
import { DomainError } from '../../core/problem.js';
import { Refused } from '../ops/refused.js';
import { historyCommands } from './commands/history.js';
import { verifyCommands } from './commands/verify.js';

/** What an auditor does from a terminal. One file a group of commands, all listed here. */
const program = new Command('npm run audit --')
  .description("The auditor's commands, on the service that runs with these settings; verify works on a backup too.")
  .option('--json', 'prints results as JSON, progress on standard error')
  .showHelpAfterError()
  .exitOverride();

for (const register of [verifyCommands, historyCommands]) register(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof Refused || error instanceof DomainError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
