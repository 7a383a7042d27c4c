import type { Collection } from 'mongodb';

/** What a read model was built from: a change of either field makes other documents. */
export interface Shape {
  version: number;
  /** The types of event that it takes. */
  takes: string[];
}

export interface CheckpointDocument {
  _id: string;
  /** Text: positions outgrow what a number holds. */
  position: string;
  at: Date;
  /** How often it was taken over: a fencing token. Absent until that happens for the first time. */
  term?: number;
  shape?: Shape;
  /** The rebuild that the documents beside it come from, until that is ended. */
  rebuild?: { id: string; events: number };
}

/** Thrown where a checkpoint is not as its holder left it. */
export class CheckpointMoved extends Error {
  override name = 'CheckpointMoved';
}

/**
 * A checkpoint as the process holds it that took it over last. It moves by compare-and-set on its term and its position:
 * a process that was replaced, or whose read model was dropped, put back or swapped, is refused.
 */
export class HeldCheckpoint {
  constructor(
    private readonly collection: Collection<CheckpointDocument>,
    private held: CheckpointDocument,
  ) {}

  get position(): bigint {
    return BigInt(this.held.position);
  }

  get term(): number {
    return this.held.term!;
  }

  get shape(): Shape | undefined {
    return this.held.shape;
  }

  get rebuild(): CheckpointDocument['rebuild'] {
    return this.held.rebuild;
  }

  /** Moves it, and changes with it what else is given. */
  async move(position: bigint, more: Pick<CheckpointDocument, 'shape' | 'rebuild'> = {}): Promise<void> {
    const changed = { position: position.toString(), at: new Date(), ...more };
    const { matchedCount } = await this.collection.updateOne(this.asLeft, { $set: changed });
    if (matchedCount === 0) throw this.moved();
    this.held = { ...this.held, ...changed };
  }

  /** Throws unless it stands where this process left it. */
  async confirm(): Promise<void> {
    if (!(await this.collection.findOne(this.asLeft))) throw this.moved();
  }

  /** The documents of `built` were put in the place of those that this one was about. */
  swapped(built: HeldCheckpoint): void {
    this.held = built.held;
  }

  /** Forgets that the documents come from a rebuild. They are others than before, so it counts as taken over. */
  async endRebuild(): Promise<void> {
    const ended = { $unset: { rebuild: 1 as const }, $inc: { term: 1 } };
    const after = await this.collection.findOneAndUpdate(this.asLeft, ended, { returnDocument: 'after' });
    if (!after) throw this.moved();
    this.held = after;
  }

  /** Removes it, so that nobody goes on from it: its read model is not to be trusted. */
  async remove(): Promise<void> {
    await this.collection.deleteOne(this.asLeft);
  }

  /**
   * Removes a checkpoint that is older than what its holder wrote: the store was put back, and while that went on, any
   * document may have been written on top of what was not there yet. One that another process took over stays.
   */
  async removeIfPutBack(): Promise<void> {
    const found = await this.collection.findOne({ _id: this.held._id });
    if (!found || found.rebuild) return;
    const { term = 0, position } = found;
    if (term > this.term || (term === this.term && BigInt(position) >= this.position)) return;
    await this.collection.deleteOne({ _id: found._id, position, ...(found.term !== undefined && { term }) });
  }

  private get asLeft() {
    const { _id, term, position } = this.held;
    return { _id, term: term!, position };
  }

  private moved(): CheckpointMoved {
    return new CheckpointMoved(`The checkpoint in ${this.collection.collectionName} is not where it was left.`);
  }
}
