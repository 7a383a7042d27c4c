/** The revision and the `$tb` that mean "deleted"; on the wire 9223372036854775807, in here the largest safe integer. */
export const DELETED = Number.MAX_SAFE_INTEGER;

/** The last revision of a stream that has no events. */
export const NO_STREAM = -1;

/** An event as a client proposes it. */
export interface ProposedEvent {
  id: string;
  type: string;
  isJson: boolean;
  data: Uint8Array;
  metadata: Uint8Array;
}

/** An event as the log holds it. */
export interface RecordedEvent extends ProposedEvent {
  position: number;
  stream: string;
  revision: number;
  /** Milliseconds since 1970. */
  created: number;
  /** What readers are sent, once one has been: those who follow the log all get the same. */
  encoded?: Buffer;
}

/** An event as a reader gets it: `link` is set where a link was followed, `event` is missing where its target is gone. */
export interface ResolvedEvent {
  event?: RecordedEvent;
  link?: RecordedEvent;
}

/** What an append or delete says it expects of the stream. */
export type ExpectedRevision = 'any' | 'no_stream' | 'stream_exists' | bigint;

export const EMPTY = new Uint8Array(0);

/** Writes a revision the way the wire has it. */
export function revisionText(revision: number): string {
  return revision === DELETED ? '9223372036854775807' : String(revision);
}

/** True for `$$name`, the stream that holds the metadata of `name`. */
export function isMetastream(stream: string): boolean {
  return stream.startsWith('$$');
}

export function metastreamOf(stream: string): string {
  return `$$${stream}`;
}

/** The stream whose metadata a metastream holds. */
export function originalOf(metastream: string): string {
  return metastream.slice(2);
}
