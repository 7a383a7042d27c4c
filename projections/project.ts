import { MongoBulkWriteError, type AnyBulkWriteOperation, type Collection, type Db } from 'mongodb';
import type { DomainEvent, Recorded } from '../src/core/decider.js';
import { TransientError } from '../src/core/transient-errors.js';
import type { Projection, ViewDocument } from './projection.js';

/** MongoDB's DuplicateKey. */
const DUPLICATE_KEY = 11000;

export async function createIndexes<D extends ViewDocument, E extends DomainEvent>(
  { name, indexes }: Projection<D, E>,
  views: Db,
): Promise<void> {
  await views.collection(name).createIndexes(indexes);
}

/**
 * Applies facts, in order; those that a stream's documents hold already change nothing. How far they hold them a document
 * says that was written alone, for then nothing can be half written; otherwise a mark beside them, written when they all
 * are: what a crash left half written is written again.
 */
export async function project<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  collection: Collection<ViewDocument>,
  facts: Recorded<E>[],
): Promise<void> {
  const byStream = groupBy(facts);
  const names = [...byStream.keys()];
  const { idOf } = projection;
  const found = await collection.find(idOf ? { _id: { $in: names.map(idOf) } } : { stream: { $in: names } }).toArray();
  // What is in a collection of this name the collection's type cannot say: nothing else is ever written to it.
  const stored = groupBy(found as unknown as (D & Partial<Written>)[]);
  const known = new Set(found.map(({ _id }) => _id));
  const streams = names.map((stream) => {
    const own = stored.get(stream) ?? [];
    const held = heldIn(projection, own);
    const before = own.filter((document) => !document.gone);
    return { stream, before, ...foldAll(projection, before, byStream.get(stream)!, held) };
  });
  const changed = streams.map(({ stream, before, after, held, seen }) => ({
    stream,
    held,
    documents: changes(before, after, { stream, held, seen }),
  }));
  await write(
    collection,
    changed.flatMap(({ documents }) => {
      const alone = documents.length === 1;
      return idOf ? documents : documents.map((document) => ({ ...document, alone }));
    }),
    known,
  );
  if (idOf) return;
  const marks = changed.filter(({ documents }) => documents.length > 1);
  await write(
    collection,
    // A mark is written when all else is, so nothing is missing behind it.
    marks.map(({ stream, held }) => ({ _id: stream, stream, revision: held, gone: true, alone: true })),
    known,
  );
}

/** Up to which revision the documents of a stream hold it; −1 where they hold nothing. */
function heldIn({ idOf }: { idOf?: unknown }, own: readonly (ViewDocument & Partial<Written>)[]): number {
  return own.reduce((held, { alone, revision }) => (idOf || alone ? Math.max(held, revision) : held), -1);
}

function groupBy<T extends { stream: string }>(all: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(one.stream);
    if (group) group.push(one);
    else groups.set(one.stream, [one]);
  }
  return groups;
}

function foldAll<D extends ViewDocument, E extends DomainEvent>(
  projection: Projection<D, E>,
  before: readonly D[],
  facts: Recorded<E>[],
  held: number,
): { after: readonly D[]; held: number; seen: Set<string> } {
  let after = before;
  const seen = new Set(before.map(({ _id }) => _id));
  for (const fact of facts) {
    if (fact.revision <= held) continue;
    held = fact.revision;
    // What came before an ending may not have been given: another writer may be held up with it.
    if (projection.idOf && projection.endings?.has(fact.type)) seen.add(projection.idOf(fact.stream));
    const unchanged = new Set(after);
    const folded = projection.fold(after, fact).map((document) => {
      return unchanged.has(document) ? document : { ...document, revision: Math.max(document.revision, held) };
    });
    // Where a half written batch comes again, a document may be made a second time.
    after = [...new Map(folded.map((document) => [document._id, document])).values()];
    for (const { _id } of after) seen.add(_id);
  }
  return { after, held, seen };
}

interface Written {
  /** A document that is no more, and the mark of a stream: no list finds them, for they belong to no council. */
  gone: true;
  /** All facts of the stream up to its revision are in this document and those beside it. */
  alone: boolean;
}

type Put = ViewDocument & Partial<Written>;

function changes<D extends ViewDocument>(
  before: readonly D[],
  after: readonly D[],
  { stream, held: revision, seen }: { stream: string; held: number; seen: ReadonlySet<string> },
): Put[] {
  const known = new Set(before);
  const kept = new Set(after.map(({ _id }) => _id));
  const removed = [...seen].filter((id) => !kept.has(id));
  return [
    ...after.filter((document) => !known.has(document)),
    // What is gone leaves its name and revision behind: a writer that was held up cannot bring it back.
    ...removed.map((_id) => ({ _id, stream, revision, gone: true as const })),
  ];
}

/** `known`: documents that stand there already. The others are inserted, which costs a database far less than an upsert. */
async function write(
  collection: Collection<ViewDocument>,
  documents: readonly Put[],
  known: ReadonlySet<string>,
): Promise<void> {
  if (documents.length === 0) return;
  const isNew = ({ _id }: Put) => !known.has(_id);
  try {
    const operations = documents.map((one) => (isNew(one) ? { insertOne: { document: one } } : putNewer(one)));
    await collection.bulkWrite(operations, { ordered: false });
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failed = [error.writeErrors].flat();
    // The driver reports everything in this class. Without write errors it lost the connection, a server refused the
    // command, or the write concern was not met; the batches behind it were then not even sent.
    if (failed.length === 0 || error.result.getWriteConcernError()) {
      throw new TransientError('MongoDB did not confirm the batch.', { cause: error });
    }
    if (failed.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
    // A new document that another writer has put there meanwhile; for any other, a newer one stands there already.
    const met = failed.map(({ index }) => documents[index]!).filter(isNew);
    await write(collection, met, new Set(met.map(({ _id }) => _id)));
  }
}

/** A document gives way only to a newer one, whoever writes: two writers at once leave the newer state. */
function putNewer(replacement: Put): AnyBulkWriteOperation<ViewDocument> {
  const filter = { _id: replacement._id, revision: { $lt: replacement.revision } };
  return { replaceOne: { filter, replacement, upsert: true } };
}
