import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Decider } from '../core/decider.js';
import { StreamCommand } from '../core/stream-command.js';
import type { RequestContext } from '../session/request-context.js';
import { accessKind, type AccessEvent } from './referral.events.js';

type RecordRead = { type: 'RecordRead'; operation: string; reason: string | null };

/** Every read is a fact; there is nothing to decide. */
const accessDecider: Decider<RecordRead, null, AccessEvent> = {
  kind: accessKind,
  initialState: null,
  decide: ({ operation, reason }) => [{ type: 'ReferralRead', data: { operation, reason } }],
  evolve: (state) => state,
};

export function accessStream(referralId: string): string {
  return `access-${referralId}`;
}

/** Writes down who reads a referral, before they do: a read that cannot be recorded is not given. */
@Injectable()
export class ReadRecorder {
  constructor(private readonly bus: CommandBus) {}

  /** Records a person's read; what a system fetches is not a person's. */
  async record(ctx: RequestContext, referralId: string, operation: string, reason: string | null): Promise<void> {
    if (ctx.viewer.role === 'SERVICE') return;
    const command: RecordRead = { type: 'RecordRead', operation, reason };
    const request = ctx.request(randomUUID(), { operation }, ctx.staffActor);
    await this.bus.execute(new StreamCommand(accessDecider, accessStream(referralId), command, request));
  }
}
