import { MongoServerError, type Collection, type Db } from 'mongodb';
import type { DomainEvent, Recorded } from '../src/core/decider.js';
import { createIndexes, project } from './project.js';
import type { Projection, ViewDocument } from './projection.js';

/** How far a rebuild is: stands among the documents it is about, so that it comes and goes with them. */
interface Mark extends ViewDocument {
  rebuild: string;
  position: string;
  events: number;
}

/** No stream has this name, and no list finds it: it belongs to no council. */
const MARK = '~rebuild';
/** MongoDB's NamespaceNotFound: there is no such collection. */
const NAMESPACE_NOT_FOUND = 26;

export interface ShadowState {
  rebuild: string;
  position: bigint;
  events: number;
}

/**
 * A read model that is built anew beside the live one, and takes its place in one step: queries are answered from the
 * old one until that moment, from the new one after it.
 */
export class Shadow {
  readonly name: string;
  private readonly collection: Collection<ViewDocument>;
  private readonly live: Collection<ViewDocument>;

  constructor(
    private readonly projection: Projection<ViewDocument, DomainEvent>,
    private readonly views: Db,
  ) {
    this.name = `${projection.name}~rebuild`;
    this.collection = views.collection(this.name);
    this.live = views.collection(projection.name);
  }

  /** Begins with nothing. */
  async begin(rebuild: string): Promise<ShadowState> {
    await this.collection.drop();
    await createIndexes({ ...this.projection, name: this.name }, this.views);
    const mark: Mark = { _id: MARK, stream: MARK, revision: 0, rebuild, position: '0', events: 0 };
    await this.collection.insertOne(mark);
    return { rebuild, position: 0n, events: 0 };
  }

  handle(facts: Recorded<DomainEvent>[]): Promise<void> {
    return project(this.projection, this.collection, facts);
  }

  /** Notes how far it is. False where it is gone: another process has switched it over. */
  async note({ rebuild, position, events }: ShadowState): Promise<boolean> {
    const far = { $set: { position: position.toString(), events } as object };
    const { matchedCount } = await this.collection.updateOne({ _id: MARK, rebuild }, far);
    return matchedCount === 1;
  }

  /** How far the one under way is; undefined where there is none. */
  state(): Promise<ShadowState | undefined> {
    return stateIn(this.collection);
  }

  /** The rebuild that the live documents come from, until it is ended. */
  switched(): Promise<ShadowState | undefined> {
    return stateIn(this.live);
  }

  /** Puts it in the place of the live one. */
  async switchOver(): Promise<void> {
    try {
      await this.collection.rename(this.projection.name, { dropTarget: true });
    } catch (error) {
      const gone = error instanceof MongoServerError && error.code === NAMESPACE_NOT_FOUND;
      if (!gone || !(await this.switched())) throw error;
    }
  }

  /** Forgets that the live documents come from a rebuild. */
  async end(): Promise<void> {
    await this.live.deleteOne({ _id: MARK });
  }
}

async function stateIn(collection: Collection<ViewDocument>): Promise<ShadowState | undefined> {
  const mark = (await collection.findOne({ _id: MARK })) as Mark | null;
  return mark ? { rebuild: mark.rebuild, position: BigInt(mark.position), events: mark.events } : undefined;
}
