import { Inject, Injectable } from '@nestjs/common';
import type { Collection, Db, Filter } from 'mongodb';
import {
  submittedForms,
  type RequestDocument,
  type SubmittedFormsDocument,
  type SubmittedRowDocument,
} from '../../projections/submitted-forms.js';
import { DAY, isoPlus, MINUTE } from '../core/clock.js';
import { VIEWS } from '../core/tokens.js';
import { OwnWrites } from '../session/own-writes.js';
import type { RequestContext } from '../session/request-context.js';
import { page, pageSize, readCursor, writeCursor } from './cursors.js';
import { FreshPages } from './fresh-pages.js';
import { referralIdOf } from './referral.events.js';
import { formOf } from './saved-form.view.js';
import { requestRow } from './submitted-form.view.js';

/** The most open requests that are shown at once: no referrer has as many. */
const MOST_REQUESTS = 200;
const NEWEST_FIRST = { at: -1, _id: 1 } as const;

/** Reads "My Submitted Forms": open requests whatever their age, submissions for the council's days, newest first. */
@Injectable()
export class SubmittedFormsReader {
  private readonly documents: Collection<SubmittedFormsDocument>;
  private readonly pages: FreshPages;

  constructor(
    @Inject(VIEWS) views: Db,
    private readonly ownWrites: OwnWrites,
  ) {
    this.documents = views.collection<SubmittedFormsDocument>(submittedForms.name);
    this.pages = new FreshPages(views, submittedForms.name);
  }

  /** Both lists of the referrer who asks. Each is read, and its rows counted, only where it is asked for. */
  async read(ctx: RequestContext, first?: number | null, after?: string | null) {
    const size = pageSize(first);
    const behindCursor = after ? behind(after) : undefined;
    await this.ownWrites.settle(ctx.caller, submittedForms.name);
    const mine = { council: ctx.council.id, accountId: ctx.referrer.id };
    const since = isoPlus(ctx.now.toISOString(), -ctx.council.submittedFormDays * DAY);
    const recent: Filter<SubmittedFormsDocument> = { ...mine, kind: 'row', at: { $gt: since } };
    // What is too old to be listed follows from the time, not from facts.
    const minute = Math.floor(ctx.now.getTime() / MINUTE);
    const pages = this.pages.asked();
    const fresh = <Page extends object>(part: string, load: () => Promise<Page>) =>
      pages(JSON.stringify([mine.council, mine.accountId, minute, part]), load);
    const counted = () => fresh('count', async () => ({ rows: await this.documents.countDocuments(recent) }));
    return {
      requestingMoreInformation: () => fresh('requests', () => this.requests(ctx, mine)),
      recentlySubmitted: async () => {
        const page = await fresh(`${size} rows behind ${after ?? ''}`, () =>
          this.rows(ctx, behindCursor ? { $and: [recent, behindCursor] } : recent, size),
        );
        return { ...page, totalCount: async () => (await counted()).rows };
      },
    };
  }

  private async requests(ctx: RequestContext, mine: Filter<SubmittedFormsDocument>) {
    const found = this.documents
      .find({ ...mine, kind: 'request' })
      .sort(NEWEST_FIRST)
      .limit(MOST_REQUESTS);
    return ((await found.toArray()) as RequestDocument[]).map((request) => requestOf(ctx, request));
  }

  private async rows(ctx: RequestContext, filter: Filter<SubmittedFormsDocument>, size: number) {
    const found = this.documents
      .find(filter)
      .sort(NEWEST_FIRST)
      .limit(size + 1);
    const rows = (await found.toArray()) as SubmittedRowDocument[];
    return page(rows, size, (row) => ({ cursor: writeCursor(row.at, row._id), node: rowOf(ctx, row) }));
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
