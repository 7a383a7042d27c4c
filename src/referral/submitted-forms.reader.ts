import { Inject, Injectable } from '@nestjs/common';
import type { Collection, Db, Filter } from 'mongodb';
import {
  submittedForms,
  type RequestDocument,
  type SubmittedFormsDocument,
  type SubmittedRowDocument,
} from '../../projections/submitted-forms.js';
import { DAY, isoPlus } from '../core/clock.js';
import { VIEWS } from '../core/tokens.js';
import { OwnWrites } from '../session/own-writes.js';
import type { RequestContext } from '../session/request-context.js';
import { connection, pageSize, readCursor, writeCursor } from './cursors.js';
import { referralIdOf } from './referral.events.js';
import { formOf } from './saved-form.view.js';
import { requestRow } from './submitted-form.view.js';

/** The most open requests that are shown at once: no referrer has as many. */
const MOST_REQUESTS = 200;

/** Reads "My Submitted Forms": open requests whatever their age, submissions for the council's days, newest first. */
@Injectable()
export class SubmittedFormsReader {
  private readonly documents: Collection<SubmittedFormsDocument>;

  constructor(
    @Inject(VIEWS) views: Db,
    private readonly ownWrites: OwnWrites,
  ) {
    this.documents = views.collection<SubmittedFormsDocument>(submittedForms.name);
  }

  async read(ctx: RequestContext, first?: number | null, after?: string | null) {
    const size = pageSize(first);
    const mine = { council: ctx.council.id, accountId: ctx.referrer.id };
    const since = isoPlus(ctx.now.toISOString(), -ctx.council.submittedFormDays * DAY);
    const recent: Filter<SubmittedFormsDocument> = { ...mine, kind: 'row', at: { $gt: since } };
    await this.ownWrites.settle(ctx.caller, submittedForms.name);
    const newestFirst = { at: -1, _id: 1 } as const;
    const [requests, rows, totalCount] = await Promise.all([
      this.documents
        .find({ ...mine, kind: 'request' })
        .sort(newestFirst)
        .limit(MOST_REQUESTS)
        .toArray(),
      this.documents
        .find(after ? { $and: [recent, behind(after)] } : recent)
        .sort(newestFirst)
        .limit(size + 1)
        .toArray(),
      this.documents.countDocuments(recent),
    ]);
    return {
      requestingMoreInformation: (requests as RequestDocument[]).map((request) => requestOf(ctx, request)),
      recentlySubmitted: connection(rows as SubmittedRowDocument[], size, totalCount, (row) => ({
        cursor: writeCursor(row.at, row._id),
        node: rowOf(ctx, row),
      })),
    };
  }
}

function behind(cursor: string): Filter<SubmittedFormsDocument> {
  const [at, id] = readCursor<[string, string]>(cursor, ['string', 'string']);
  return { $or: [{ at: { $lt: at } }, { at, _id: { $gt: id } }] };
}

function rowOf({ council }: RequestContext, row: SubmittedRowDocument) {
  const { reference, version, formId, subjectId, name, at, response, responseDate, sentBy } = row;
  const form = formOf(council, row).title;
  return { reference, version, formId, form, subjectId, name, date: at, response, responseDate, sentBy };
}

function requestOf(ctx: RequestContext, document: RequestDocument) {
  const { stream, reference, name, requestId: id, at: requestedAt } = document;
  const of = { referralId: referralIdOf(stream), reference, form: formOf(ctx.council, document).title, name };
  return requestRow(ctx, { ...document, id, requestedAt }, of);
}
