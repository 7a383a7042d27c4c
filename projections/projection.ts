import type { DomainEvent, Recorded, StreamKind } from '../src/core/decider.js';

/** What every read-model document carries beside its content. */
export interface ViewDocument {
  _id: string;
  /** The stream it follows. */
  stream: string;
  /** The revision of the newest fact in it: a document never goes back. */
  revision: number;
}

/** A permanent name, a collection with its indexes, and a pure function of facts. */
export interface Projection<D extends ViewDocument, E extends DomainEvent> {
  /** Name of the follower, its checkpoint and its collection: permanent. */
  name: string;
  kind: StreamKind<E>;
  /** The types of fact that `fold` does anything about. */
  takes: ReadonlySet<E['type']>;
  /** Raise it where `fold` makes other documents of the same events: the read model is then built anew. 1 if absent. */
  shapeVersion?: number;
  /** Where no stream ever has two documents: the `_id` of the one. It says itself how far it holds its stream. */
  idOf?: (stream: string) => string;
  /**
   * The types of fact behind which nothing is left of what came before them in their stream: what a batch holds before
   * one of them need not be looked at. Only beside `idOf`.
   */
  endings?: ReadonlySet<E['type']>;
  indexes: { key: Record<string, 1 | -1>; unique?: boolean }[];
  /**
   * All documents of one stream, before and after a fact. Accepts every fact; gives the same objects where it changes
   * nothing. `revision` is the follower's to set.
   */
  fold(documents: readonly D[], fact: Recorded<E>): readonly D[];
}
