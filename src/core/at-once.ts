import { setImmediate } from 'node:timers/promises';
import type { Collection, Filter, FindOptions, UpdateOneModel, WithId } from 'mongodb';

/**
 * Does in one go what all who ask at one moment ask for: one command to a store instead of one for each. `all` is given
 * what was asked for, in order, and says what to answer to each; what it throws, all of them meet.
 */
export function atOnce<Asked, Answer>(
  all: (asked: readonly Asked[]) => Promise<(one: Asked) => Answer>,
): (one: Asked) => Promise<Answer> {
  let next: { asked: Asked[]; answers: Promise<(one: Asked) => Answer> } | undefined;
  const gather = () => {
    const asked: Asked[] = [];
    const answers = setImmediate().then(() => {
      next = undefined;
      return all(asked);
    });
    return { asked, answers };
  };
  return async (one) => {
    next ??= gather();
    next.asked.push(one);
    return (await next.answers)(one);
  };
}

/** Finds documents by id: those asked for at one moment by one query. */
export function findAtOnce<D extends { _id: string }>(
  collection: Collection<D>,
  options?: FindOptions,
): (id: string) => Promise<WithId<D> | undefined> {
  return atOnce(async (ids: readonly string[]) => {
    // What is true of every D with such an id the compiler cannot say of D.
    const found = await collection.find({ _id: { $in: ids } } as unknown as Filter<D>, options).toArray();
    const documents = new Map(found.map((document) => [String(document._id), document]));
    return (id) => documents.get(id);
  });
}

/** Updates documents: those given at one moment by one command, in no order. */
export function updateAtOnce<D extends { _id: string }>(
  collection: Collection<D>,
): (update: UpdateOneModel<D>) => Promise<void> {
  return atOnce(async (updates: readonly UpdateOneModel<D>[]) => {
    await collection.bulkWrite(
      updates.map((updateOne) => ({ updateOne })),
      { ordered: false },
    );
    return () => undefined;
  });
}
