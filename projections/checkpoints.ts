import type { Collection, Db, Document } from 'mongodb';
import { HeldCheckpoint, type CheckpointDocument, type Shape } from './held-checkpoint.js';

/** A read model's checkpoint among its documents. No stream has this name, and no list finds it: it has no council. */
export const CHECKPOINT = '~checkpoint';

interface Place {
  collection: Collection<CheckpointDocument>;
  _id: string;
}

/** How far in the log each follower has come: one document each, side by side in one collection. */
export class Checkpoints {
  protected readonly together: Collection<CheckpointDocument>;

  constructor(protected readonly database: Db) {
    this.together = database.collection('checkpoints');
  }

  /** The follower's position; undefined where it has none and begins with the first event. */
  async read(follower: string): Promise<bigint | undefined> {
    const found = await this.find(follower);
    return found ? BigInt(found.position) : undefined;
  }

  /** The whole document, as it stands at this moment. */
  find(follower: string): Promise<CheckpointDocument | null> {
    const { collection, _id } = this.placeOf(follower);
    return collection.findOne({ _id });
  }

  /** Sets a checkpoint whoever holds it: whoever does notices, and begins again from here. */
  async write(follower: string, position: bigint): Promise<void> {
    const { collection, _id } = this.placeOf(follower);
    const changed = { position: position.toString(), at: new Date() };
    await collection.updateOne({ _id }, { $set: changed }, { upsert: true });
  }

  /** Takes a checkpoint over: from now on, every write of whoever held it is refused. Undefined where there is none. */
  async take(follower: string): Promise<HeldCheckpoint | undefined> {
    const { collection, _id } = this.placeOf(follower);
    const taken = await collection.findOneAndUpdate({ _id }, { $inc: { term: 1 } }, { returnDocument: 'after' });
    return taken ? new HeldCheckpoint(collection, taken) : undefined;
  }

  /** Makes the checkpoint of a follower that begins with the first event. Throws where there is one. */
  async begin(follower: string, shape?: Shape): Promise<HeldCheckpoint> {
    const { collection, _id } = this.placeOf(follower);
    const document = { _id, position: '0', at: new Date(), term: 1, ...(shape && { shape }) };
    await collection.insertOne(document);
    return new HeldCheckpoint(collection, document);
  }

  protected placeOf(follower: string): Place {
    return { collection: this.together, _id: follower };
  }
}

/** Where releases before this one marked the documents of a rebuild. */
const OLD_MARK = '~rebuild';

interface OldMark extends Document {
  rebuild: string;
  position: string;
  events: number;
}

/**
 * Checkpoints of read models: each stands among the documents that it is about, so that it is dropped, put back and
 * swapped with them. Earlier releases kept them beside: those are moved when a follower takes its checkpoint over.
 */
export class ReadModelCheckpoints extends Checkpoints {
  override async find(follower: string): Promise<CheckpointDocument | null> {
    return (await super.find(follower)) ?? this.together.findOne({ _id: follower });
  }

  override async take(follower: string): Promise<HeldCheckpoint | undefined> {
    const taken =
      (await super.take(follower)) ?? ((await this.moveIn(follower)) ? await super.take(follower) : undefined);
    // One that stays behind would be taken for the checkpoint of documents that come later.
    await this.together.deleteOne({ _id: follower });
    return taken;
  }

  /** Moves an earlier release's checkpoint among the documents; false where none can be believed. */
  private async moveIn(follower: string): Promise<boolean> {
    const { collection, _id } = this.placeOf(follower);
    const documents = collection as unknown as Collection<OldMark & { _id: string }>;
    const [beside, mark] = await Promise.all([
      this.together.findOne({ _id: follower }),
      documents.findOne({ _id: OLD_MARK }),
    ]);
    const positions = [beside, mark].flatMap((found) => (found ? [BigInt(found.position)] : []));
    const [one, other] = positions;
    // Without a document the collection may have been dropped alone.
    if (one === undefined || !(await documents.findOne({}))) return false;
    const position = other !== undefined && other < one ? other : one;
    const rebuild = mark && { id: mark.rebuild, events: mark.events };
    await collection.insertOne({ _id, position: position.toString(), at: new Date(), ...(rebuild && { rebuild }) });
    await documents.deleteOne({ _id: OLD_MARK });
    return true;
  }

  protected override placeOf(follower: string): Place {
    return { collection: this.database.collection(follower), _id: CHECKPOINT };
  }
}
