import { Inject, Injectable } from '@nestjs/common';
import type { Collection, Db, Filter } from 'mongodb';
import { savedForms, type SavedFormDocument } from '../../projections/saved-forms.js';
import { DomainError } from '../core/problem.js';
import { VIEWS } from '../core/tokens.js';
import { OwnWrites } from '../session/own-writes.js';
import type { RequestContext } from '../session/request-context.js';
import { connection, pageSize, readCursor, writeCursor } from './cursors.js';
import { savedFormView } from './saved-form.view.js';

/** Reads "Saved Forms", newest first. */
@Injectable()
export class SavedFormsReader {
  private readonly documents: Collection<SavedFormDocument>;

  constructor(
    @Inject(VIEWS) views: Db,
    private readonly ownWrites: OwnWrites,
  ) {
    this.documents = views.collection<SavedFormDocument>(savedForms.name);
  }

  async list(ctx: RequestContext, first?: number | null, after?: string | null, formGroupId?: string | null) {
    const size = pageSize(first);
    const all: Filter<SavedFormDocument> = {
      council: ctx.council.id,
      accountId: ctx.referrer.id,
      expiresAt: { $gt: ctx.now.toISOString() },
      ...(formGroupId ? { formId: { $in: formsOf(ctx, formGroupId) } } : {}),
    };
    await this.ownWrites.settle(ctx.caller, savedForms.name);
    const [rows, totalCount] = await Promise.all([
      this.documents
        .find(after ? { $and: [all, behind(after)] } : all)
        .sort({ startedAt: -1, _id: 1 })
        .limit(size + 1)
        .toArray(),
      this.documents.countDocuments(all),
    ]);
    return connection(rows, size, totalCount, (document) => ({
      cursor: writeCursor(document.startedAt, document._id),
      node: savedFormView(ctx, document._id, document),
    }));
  }
}

function behind(cursor: string): Filter<SavedFormDocument> {
  const [startedAt, id] = readCursor<[string, string]>(cursor, ['string', 'string']);
  return { $or: [{ startedAt: { $lt: startedAt } }, { startedAt, _id: { $gt: id } }] };
}

function formsOf({ council }: RequestContext, formGroupId: string): string[] {
  const group = council.formGroups.find(({ id }) => id === formGroupId);
  if (!group) throw new DomainError('NOT_FOUND', 'This council has no such group of forms.', 'formGroupId');
  return group.forms.map(({ id }) => id);
}
