import { Command, CommanderError } from 'commander';
import { DomainError } from '../../core/problem.js';
import { accountsCommands } from './commands/accounts.js';
import { backupsCommands } from './commands/backups.js';
import { configCommands } from './commands/config.js';
import { councilsCommands } from './commands/councils.js';
import { embeddedDataCommands } from './commands/embedded-data.js';
import { followersCommands } from './commands/followers.js';
import { jobsCommands } from './commands/jobs.js';
import { integrationCommands } from './commands/integration.js';
import { kafkaCommands } from './commands/kafka.js';
import { keysCommands } from './commands/keys.js';
import { subjectAccessCommands } from './commands/subject-access.js';
import { mailCommands } from './commands/mail.js';
import { Refused } from './refused.js';

/** What an operator does with a running or a stopped service. One file a group of commands, all listed here. */
const program = new Command('npm run ops --')
  .description("The operator's commands. The embedded data is in DATA_DIR; settings are those of the service.")
  .option('--json', 'prints the result as one JSON document, progress on standard error')
  .option('--yes', 'answers the questions before what cannot be taken back')
  .showHelpAfterError()
  .exitOverride();

for (const register of [
  configCommands,
  embeddedDataCommands,
  backupsCommands,
  integrationCommands,
  kafkaCommands,
  followersCommands,
  jobsCommands,
  mailCommands,
  keysCommands,
  councilsCommands,
  accountsCommands,
  subjectAccessCommands,
])
  register(program);

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
