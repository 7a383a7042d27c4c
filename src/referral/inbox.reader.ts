import { Inject, Injectable } from '@nestjs/common';
import type { Collection, Db, Filter } from 'mongodb';
import { inbox, type InboxDocument } from '../../projections/inbox.js';
import { VIEWS } from '../core/tokens.js';
import { OwnWrites } from '../session/own-writes.js';
import type { RequestContext } from '../session/request-context.js';
import { connection, pageSize, readCursor, writeCursor } from './cursors.js';
import { readReference } from './reference.js';
import type { ReferralStatus } from './referral-status.js';
import { formOf } from './saved-form.view.js';

export interface InboxFilter {
  status?: ReferralStatus[] | null;
  formId?: string | null;
  submittedFrom?: Date | null;
  submittedTo?: Date | null;
  reference?: string | null;
}

/** Reads the workers' inbox, the newest submission first. */
@Injectable()
export class InboxReader {
  private readonly documents: Collection<InboxDocument>;

  constructor(
    @Inject(VIEWS) views: Db,
    private readonly ownWrites: OwnWrites,
  ) {
    this.documents = views.collection<InboxDocument>(inbox.name);
  }

  /** The row of one referral of the viewer's council; undefined where there is none. */
  async entry(ctx: RequestContext, referralId: string) {
    const document = await this.documents.findOne({ _id: referralId, council: ctx.council.id });
    return document ? entryOf(ctx, document) : undefined;
  }

  async list(ctx: RequestContext, filter?: InboxFilter | null, first?: number | null, after?: string | null) {
    const size = pageSize(first);
    const wanted = wantedBy(ctx, filter ?? {});
    await this.ownWrites.settle(ctx.caller, inbox.name);
    const [rows, totalCount] = await Promise.all([
      this.documents
        .find(after ? { $and: [wanted, behind(after)] } : wanted)
        .sort({ submittedAt: -1, _id: 1 })
        .limit(size + 1)
        .toArray(),
      this.documents.countDocuments(wanted),
    ]);
    return connection(rows, size, totalCount, (document) => ({
      cursor: writeCursor(document.submittedAt, document._id),
      node: entryOf(ctx, document),
    }));
  }
}

function entryOf({ council }: RequestContext, document: InboxDocument) {
  const { reference, status, names, referrer, submittedAt, version } = document;
  return { reference, status, form: formOf(council, document).title, names, referrer, submittedAt, version };
}

function wantedBy({ council }: RequestContext, filter: InboxFilter): Filter<InboxDocument> {
  const { status, formId, submittedFrom, submittedTo, reference } = filter;
  const submittedAt = {
    ...(submittedFrom ? { $gte: submittedFrom.toISOString() } : {}),
    ...(submittedTo ? { $lt: submittedTo.toISOString() } : {}),
  };
  return {
    council: council.id,
    ...(status?.length ? { status: { $in: status } } : {}),
    ...(formId ? { formId } : {}),
    ...(submittedFrom || submittedTo ? { submittedAt } : {}),
    // A reference that cannot be one is nobody's: the list is empty.
    ...(reference ? { reference: readReference(council.referencePrefix, reference) ?? '' } : {}),
  };
}

function behind(cursor: string): Filter<InboxDocument> {
  const [submittedAt, id] = readCursor<[string, string]>(cursor, ['string', 'string']);
  return { $or: [{ submittedAt: { $lt: submittedAt } }, { submittedAt, _id: { $gt: id } }] };
}
