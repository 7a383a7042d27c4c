/** A fact as a decider makes it: a past-tense business word and its data (dates as ISO text). */
export interface DomainEvent {
  readonly type: string;
  readonly data: object;
}

export type ActorKind = 'referrer' | 'worker' | 'auditor' | 'records_officer' | 'service' | 'system';

/** Who acts. The name is personal data: it is sealed with the fact, never put in metadata. */
export interface Actor {
  kind: ActorKind;
  id: string;
  name: string;
}

/** What is true of every recorded fact. */
export interface Recording {
  /** The fact's own id. */
  id: string;
  stream: string;
  /** Its place in its stream, from 0. */
  revision: number;
  /** Its place in the log; 0n where it was read from its stream by a store that does not tell. */
  position: bigint;
  /** When it was decided, by the application's clock. */
  at: string;
  council: string;
  by: Actor;
  commandId: string;
  correlationId: string;
  hash: string;
  previousHash: string;
  /** True where the key was destroyed: `data` then holds only what was stored in the clear. */
  erased: boolean;
}

export type Recorded<E extends DomainEvent> = E & Recording;

/**
 * How the facts of one kind of stream are stored. Whatever is not named in `clear` is personal until shown otherwise,
 * and sealed.
 */
export interface StreamKind<E extends DomainEvent> {
  /** The stream's prefix, up to its first dash. */
  category: string;
  /** Names of the members stored in the clear, by type of fact. */
  clear: { readonly [T in E['type']]: readonly string[] };
  /** Whose data key seals the facts of a stream; absent: nothing is sealed and nothing may need to be. */
  keyOwner?: (stream: string) => string;
  /** Whether an event of the owner's stream erases the owner. Only behind one may events be stored without a sealed part. */
  isErasure?: (event: { type: string; data: object }) => boolean;
  /** Turns the data of an older shape into today's: the only place that knows older shapes. */
  upcast?: (type: string, data: Record<string, unknown>) => Record<string, unknown>;
}

/** The pure heart of a slice. `decide` throws DomainError or gives facts; `evolve` never throws, reads or validates. */
export interface Decider<C extends { type: string }, S, E extends DomainEvent> {
  kind: StreamKind<E>;
  initialState: S;
  decide(command: C, state: S): E[];
  evolve(state: S, fact: Recorded<E>): S;
}
