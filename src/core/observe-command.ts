import type { CommandRequest } from './handle-command.js';
import { commands } from './metrics.js';
import { DomainError } from './problem.js';
import { inSpan } from './tracing.js';

/** Counts a command by what becomes of it, and traces it. */
export async function observeCommand<T extends { repeated: boolean }>(
  command: string,
  { correlationId, commandId, council }: CommandRequest,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const outcome = await inSpan(`command ${command}`, { correlationId, commandId }, { council }, work);
    commands.inc({ command, outcome: outcome.repeated ? 'repeated' : 'accepted' });
    return outcome;
  } catch (error) {
    commands.inc({ command, outcome: error instanceof DomainError ? error.code : 'INTERNAL' });
    throw error;
  }
}
