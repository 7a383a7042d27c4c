import { Injectable } from '@nestjs/common';
import { CommandHandling } from '../core/handle-command.js';
import { AccountDirectory, type AccountEntry } from '../session/account-directory.js';
import { accountDecider } from './account.decider.js';
import { accountStream } from './account.events.js';

/** Answers what other slices ask about accounts. */
@Injectable()
export class AccountDirectoryService extends AccountDirectory {
  constructor(private readonly handling: CommandHandling) {
    super();
  }

  /** Reads only what came since this process last looked. */
  find(accountId: string): Promise<AccountEntry> {
    return this.entry(accountId, true);
  }

  remembered(accountId: string): Promise<AccountEntry> {
    return this.entry(accountId, false);
  }

  private async entry(accountId: string, fresh: boolean): Promise<AccountEntry> {
    const { state } = await this.handling.state(accountDecider, accountStream(accountId), fresh);
    return { person: { ...state.details, email: state.email }, termsAccepted: state.termsAccepted };
  }
}
