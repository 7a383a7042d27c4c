import { Command, CommandHandler } from '@nestjs/cqrs';
import type { Decider, DomainEvent } from './decider.js';
import { CommandHandling, type CommandRequest, type Outcome } from './handle-command.js';

/** A command on its way to the decider of one stream: what travels on the CommandBus. */
export class StreamCommand<C extends { type: string }, S, E extends DomainEvent> extends Command<Outcome<S, E>> {
  constructor(
    readonly decider: Decider<C, S, E>,
    readonly stream: string,
    readonly command: C,
    readonly request: CommandRequest,
  ) {
    super();
  }
}

/** The one handler of all stream commands: a new command is a case in its decider and needs none of its own. */
@CommandHandler(StreamCommand)
export class StreamCommandHandler {
  constructor(private readonly handling: CommandHandling) {}

  async execute<C extends { type: string }, S, E extends DomainEvent>(
    given: StreamCommand<C, S, E>,
  ): Promise<Outcome<S, E>> {
    return this.handling.handle(given.decider, given.stream, given.command, given.request);
  }
}
