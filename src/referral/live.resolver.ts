import { Inject } from '@nestjs/common';
import { Context, Resolver, Subscription } from '@nestjs/graphql';
import { inbox } from '../../projections/inbox.js';
import { submittedForms } from '../../projections/submitted-forms.js';
import type { Clock } from '../core/clock.js';
import { CLOCK } from '../core/tokens.js';
import { Access } from '../session/access.js';
import { OwnWrites } from '../session/own-writes.js';
import type { RequestContext } from '../session/request-context.js';
import { Sessions } from '../session/sessions.js';
import { InboxReader } from './inbox.reader.js';
import { LiveReferrals } from './live.js';
import { SubmittedFormsReader } from './submitted-forms.reader.js';

/** Lists that keep themselves up to date. Whether the viewer may still see them is asked anew for each change. */
@Resolver()
export class LiveResolver {
  constructor(
    private readonly live: LiveReferrals,
    private readonly ownWrites: OwnWrites,
    private readonly sessions: Sessions,
    private readonly submitted: SubmittedFormsReader,
    private readonly inboxReader: InboxReader,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Subscription('submittedFormsChanged')
  @Access('REFERRER')
  submittedFormsChanged(@Context() ctx: RequestContext) {
    const { id, session } = ctx.referrer;
    return this.live.changes(async (change) => {
      if (change.accountId !== id || !(await this.sessions.isLive(session._id))) return undefined;
      await this.ownWrites.reached(change.position, submittedForms.name);
      return { submittedFormsChanged: await this.submitted.read(ctx.later(this.clock.now())) };
    });
  }

  @Subscription('inboxChanged')
  @Access('WORKER', 'SERVICE')
  inboxChanged(@Context() ctx: RequestContext) {
    const { viewer } = ctx;
    const council = ctx.council.id;
    return this.live.changes(async (change) => {
      const expired = 'expiresAt' in viewer && this.clock.now() >= viewer.expiresAt;
      if (change.council !== council || expired) return undefined;
      await this.ownWrites.reached(change.position, inbox.name);
      const entry = await this.inboxReader.entry(ctx, change.referralId);
      return entry && { inboxChanged: entry };
    });
  }
}
