import type { CommandHandling } from '../core/handle-command.js';
import type { StandingOf } from '../session/session-endings.js';
import { accountDecider } from './account.decider.js';
import { accountStream } from './account.events.js';

/** Answers what sessions ask about their account, from its stream as it is now. */
export function accountStanding(handling: CommandHandling): StandingOf {
  return async (accountId) => {
    const { state } = await handling.state(accountDecider, accountStream(accountId), true);
    return { closed: state.status === 'closed', passwordChange: state.passwordChange };
  };
}
