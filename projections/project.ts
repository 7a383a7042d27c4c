import { MongoBulkWriteError, type AnyBulkWriteOperation, type Collection, type Db } from 'mongodb';
import type { DomainEvent, Recorded } from '../src/core/decider.js';
import type { Checkpoints } from './checkpoints.js';
import type { Follower } from './follow.js';
import type { Projection, ViewDocument } from './projection.js';

/** The follower that keeps one read model: folds a batch in memory, document by document, and writes it at once. */
export function projectionFollower<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  views: Db,
  checkpoints: Checkpoints,
): Follower {
  const collection = views.collection<ViewDocument>(projection.name);
  return {
    name: projection.name,
    kinds: [projection.kind],
    checkpoints,
    handle: (facts) => project(projection, collection, facts as unknown as Recorded<E>[]),
  };
}

export async function createIndexes<D extends ViewDocument, E extends DomainEvent>(
  { name, indexes }: Projection<D, E>,
  views: Db,
): Promise<void> {
  await views.collection(name).createIndexes(indexes);
}

/** Applies facts, in order; those that a stream's documents hold already change nothing. */
export async function project<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  collection: Collection<ViewDocument>,
  facts: Recorded<E>[],
): Promise<void> {
  const streams = [...new Set(facts.map(({ stream }) => stream))];
  const stored = (await collection.find({ stream: { $in: streams } }).toArray()) as unknown as D[];
  const before = groupByStream(stored);
  const after = new Map<string, readonly D[]>(before);
  for (const fact of facts) {
    const documents = after.get(fact.stream) ?? [];
    if (documents.some(({ revision }) => revision >= fact.revision)) continue;
    const folded = projection.fold(documents, fact);
    const unchanged = new Set(documents);
    after.set(
      fact.stream,
      folded.map((document) => (unchanged.has(document) ? document : { ...document, revision: fact.revision })),
    );
  }
  await write(
    collection,
    streams.flatMap((stream) => changes(before.get(stream) ?? [], after.get(stream) ?? [])),
  );
}

function groupByStream<D extends ViewDocument>(documents: D[]): Map<string, D[]> {
  const groups = new Map<string, D[]>();
  for (const document of documents) groups.set(document.stream, [...(groups.get(document.stream) ?? []), document]);
  return groups;
}

/** A document gives way only to a newer one, whoever writes: two writers at once leave the newer state. */
function changes<D extends ViewDocument>(
  before: readonly D[],
  after: readonly D[],
): AnyBulkWriteOperation<ViewDocument>[] {
  const known = new Set(before);
  const kept = new Set(after.map(({ _id }) => _id));
  const removed = before.filter(({ _id }) => !kept.has(_id));
  return [
    ...after
      .filter((document) => !known.has(document))
      .map((replacement) => {
        const filter = { _id: replacement._id, revision: { $lt: replacement.revision } };
        return { replaceOne: { filter, replacement, upsert: true } };
      }),
    ...removed.map(({ _id, revision }) => ({ deleteOne: { filter: { _id, revision: { $lte: revision } } } })),
  ];
}

async function write(
  collection: Collection<ViewDocument>,
  operations: AnyBulkWriteOperation<ViewDocument>[],
): Promise<void> {
  if (operations.length === 0) return;
  try {
    await collection.bulkWrite(operations, { ordered: false });
  } catch (error) {
    // A duplicate key says that a newer document stands there already.
    const onlyDuplicates =
      error instanceof MongoBulkWriteError && [error.writeErrors].flat().every(({ code }) => code === 11000);
    if (!onlyDuplicates) throw error;
  }
}
