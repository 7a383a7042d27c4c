import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Actor, Decider } from '../core/decider.js';
import { CommandHandling } from '../core/handle-command.js';
import type { RequestContext } from '../session/request-context.js';
import { accessKind, type AccessEvent } from './referral.events.js';

/** What was read, by which operation, and why. */
export type RecordRead =
  | { type: 'RecordReferralRead'; referralId: string; operation: string; reason: string | null }
  | { type: 'RecordAccountRead'; accountId: string; operation: string; reason: string };

/** Every read is a fact; there is nothing to decide. */
const accessDecider: Decider<RecordRead, null, AccessEvent> = {
  kind: accessKind,
  initialState: null,
  decide: (command) => {
    const { operation } = command;
    return command.type === 'RecordReferralRead'
      ? [{ type: 'ReferralRead', data: { operation, reason: command.reason } }]
      : [{ type: 'AccountRead', data: { operation, reason: command.reason } }];
  },
  evolve: (state) => state,
};

export function accessStream(referralId: string): string {
  return `access-${referralId}`;
}

export function accountAccessStream(accountId: string): string {
  return `access-account-${accountId}`;
}

/** Writes a read down before anything is shown; throws where it cannot. */
export async function recordRead(
  handling: CommandHandling,
  command: RecordRead,
  { actor, council, correlationId }: { actor: Actor; council: string; correlationId: string },
): Promise<void> {
  const stream =
    command.type === 'RecordReferralRead' ? accessStream(command.referralId) : accountAccessStream(command.accountId);
  const said = { operation: command.operation };
  await handling.handle(accessDecider, stream, command, {
    commandId: randomUUID(),
    said,
    actor,
    council,
    correlationId,
  });
}

/** Writes down who reads, before they do: a read that cannot be recorded is not given. */
@Injectable()
export class ReadRecorder {
  constructor(private readonly handling: CommandHandling) {}

  /** Records a person's read of a referral; what a system fetches is not a person's. */
  async record(ctx: RequestContext, referralId: string, operation: string, reason: string | null): Promise<void> {
    if (ctx.viewer.role === 'SERVICE') return;
    await this.write(ctx, { type: 'RecordReferralRead', referralId, operation, reason });
  }

  async recordAccount(ctx: RequestContext, accountId: string, operation: string, reason: string): Promise<void> {
    await this.write(ctx, { type: 'RecordAccountRead', accountId, operation, reason });
  }

  private write(ctx: RequestContext, command: RecordRead): Promise<void> {
    const { staffActor: actor, correlationId } = ctx;
    return recordRead(this.handling, command, { actor, council: ctx.council.id, correlationId });
  }
}
