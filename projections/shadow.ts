import { MongoServerError, type Collection, type Db } from 'mongodb';
import type { DomainEvent, Recorded } from '../src/core/decider.js';
import { CHECKPOINT } from './checkpoints.js';
import { HeldCheckpoint, type CheckpointDocument, type Shape } from './held-checkpoint.js';
import { createIndexes, project } from './project.js';
import type { Projection, ViewDocument } from './projection.js';

/** MongoDB's NamespaceNotFound: there is no such collection. */
const NAMESPACE_NOT_FOUND = 26;

/** A read model as it is being built. */
export interface Building {
  collection: Collection<ViewDocument>;
  checkpoint: HeldCheckpoint;
}

/**
 * A read model that is built anew beside the live one, and takes its place in one step: queries are answered from the
 * old one until that moment, from the new one after it.
 */
export class Shadow {
  /** The name under which events are parked while it is built. */
  readonly name: string;

  constructor(
    private readonly projection: Projection<ViewDocument, DomainEvent>,
    private readonly views: Db,
    private readonly shape: Shape,
  ) {
    this.name = `${projection.name}~rebuild`;
  }

  /**
   * Takes over what there is of a rebuild; undefined where there is nothing of it. Its collection is named after the
   * holder's term: a process that was replaced can neither add to it nor swap it in under the name that it knows.
   */
  async take(rebuild: string, term: number): Promise<Building | undefined> {
    const names = await this.names();
    const found = await Promise.all(names.map((name) => checkpointIn(this.views.collection(name))));
    const nth = found.findIndex((one) => one?.rebuild?.id === rebuild && this.isOfShape(one.shape));
    const { collection, checkpoints } = this.of(term);
    for (const name of names) if (name !== names[nth]) await this.views.dropCollection(name);
    if (nth < 0) return undefined;
    if (names[nth] !== collection.collectionName)
      await this.views.renameCollection(names[nth]!, collection.collectionName);
    const taken = await checkpoints.findOneAndUpdate(
      { _id: CHECKPOINT },
      { $set: { term } },
      { returnDocument: 'after' },
    );
    return { collection, checkpoint: new HeldCheckpoint(checkpoints, taken!) };
  }

  /** Begins with nothing. */
  async begin(rebuild: string, term: number): Promise<Building> {
    const { collection, checkpoints } = this.of(term);
    await createIndexes({ ...this.projection, name: collection.collectionName }, this.views);
    const { shape } = this;
    const document = {
      _id: CHECKPOINT,
      position: '0',
      at: new Date(),
      term,
      shape,
      rebuild: { id: rebuild, events: 0 },
    };
    await checkpoints.insertOne(document);
    return { collection, checkpoint: new HeldCheckpoint(checkpoints, document) };
  }

  handle(facts: Recorded<DomainEvent>[], { collection }: Pick<Building, 'collection'>): Promise<void> {
    return project(this.projection, collection, facts);
  }

  /** Puts it in the place of the live one, its checkpoint with it. */
  async switchOver({ collection, checkpoint }: Building): Promise<void> {
    try {
      await collection.rename(this.projection.name, { dropTarget: true });
    } catch (error) {
      // The reply to an earlier try may have been lost.
      const gone = error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND;
      const live = gone ? await checkpointIn(this.views.collection(this.projection.name)) : null;
      if (live?.rebuild?.id !== checkpoint.rebuild?.id || live?.term !== checkpoint.term) throw error;
    }
  }

  private of(term: number) {
    const name = `${this.name}~${term}`;
    return {
      collection: this.views.collection<ViewDocument>(name),
      checkpoints: this.views.collection<CheckpointDocument>(name),
    };
  }

  /** The collections of all rebuilds that were begun and not swapped in. */
  private async names(): Promise<string[]> {
    const all = await this.views.listCollections({}, { nameOnly: true }).toArray();
    return all.map(({ name }) => name).filter((name) => name === this.name || name.startsWith(`${this.name}~`));
  }

  private isOfShape(shape: Shape | undefined): boolean {
    return JSON.stringify(shape) === JSON.stringify(this.shape);
  }
}

function checkpointIn(collection: Collection): Promise<CheckpointDocument | null> {
  return (collection as unknown as Collection<CheckpointDocument>).findOne({ _id: CHECKPOINT });
}
