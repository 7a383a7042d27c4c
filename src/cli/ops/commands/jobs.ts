import type { Command } from 'commander';
import { ErasingJobs, type ErasingJob } from '../../../core/erasing-jobs.js';
import type { Platform } from '../../../platform.js';
import { answer } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning } from '../running.js';

/** The jobs that erase what has fallen due. */
export function jobsCommands(program: Command): void {
  const group = program.command('jobs').description('the jobs that erase what has fallen due');
  group
    .command('status')
    .description('when each ran last, and why one does not run')
    .action(async (_options: object, command: Command) => {
      const jobs = await onRunning((platform) => jobsOf(platform).all());
      answer(command, jobs, jobsText(jobs));
    });
  group
    .command('confirm <name>')
    .description('lets a job run after so long a pause that it asks first: what has fallen due since is erased')
    .action(async (name: string, _options: object, command: Command) => {
      await onRunning(async (platform) => {
        const jobs = jobsOf(platform);
        if (await jobs.confirm(name)) return;
        const known = (await jobs.all()).map(({ _id }) => _id);
        throw new Refused(`There is no job ${name}. There are: ${known.join(', ')}.`);
      });
      answer(command, { confirmed: name }, `${name} runs again at its next time`);
    });
}

function jobsOf({ vault, clock, logger }: Platform): ErasingJobs {
  return new ErasingJobs(vault, clock, logger);
}

function jobsText(jobs: readonly ErasingJob[]): string {
  if (jobs.length === 0) return 'no job has run yet';
  return jobs
    .map(({ _id: name, lastRunAt, refused }) => {
      const ran = lastRunAt ? `ran last at ${lastRunAt.toISOString()}` : 'never ran';
      return `${name.padEnd(20)} ${ran}${refused ? `; REFUSES: ${refused}` : ''}`;
    })
    .join('\n');
}
