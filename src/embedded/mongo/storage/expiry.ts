import { encodeKey, RANK } from '../bson/order.js';
import { after, inverted } from '../query/intervals.js';
import type { Collection, Index } from './catalog.js';
import type { GroupCommit } from './group-commit.js';
import type { Store } from './store.js';

const BATCH = 500;

/** Deletes one batch of documents whose date in a TTL index is past; true if there may be more. */
function expireBatch(store: Store, collection: Collection, index: Index, now: number): boolean {
  const field = index.fields[0];
  const limit = new Date(now - (index.expireAfterSeconds ?? 0) * 1000);
  const past = { lo: Buffer.from([RANK.date]), hi: after(encodeKey(limit)), point: false };
  const { lo, hi } = field?.descending === true ? inverted(past) : past;
  const rows = store.sqlite.all(`SELECT DISTINCT rid FROM x${index.id} WHERE key >= ? AND key < ? LIMIT ?`, [
    lo,
    hi,
    BATCH,
  ]);
  for (const [rid] of rows) {
    const stored = store.byRid(collection, rid as number);
    if (stored !== undefined) store.remove(collection, stored);
  }
  return rows.length === BATCH;
}

/** Deletes what TTL indexes say has expired, in small transactions between other work. */
export async function expire(store: Store, commits: GroupCommit, now = Date.now()): Promise<void> {
  const due = store.catalog
    .all()
    .flatMap((collection) =>
      collection.indexes
        .filter(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)
        .map(({ name }) => ({ namespace: collection.namespace, name })),
    );
  for (const { namespace, name } of due) {
    for (let more = true; more;) {
      // Looked up anew each time: the collection may be gone by now.
      more = await commits.run(() => {
        const collection = store.catalog.all().find((one) => one.namespace === namespace);
        const index = collection?.indexes.find((one) => one.name === name && one.expireAfterSeconds !== undefined);
        return collection !== undefined && index !== undefined && expireBatch(store, collection, index, now);
      });
    }
  }
}
