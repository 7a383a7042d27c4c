import { RecordedEvent } from '../events.js';
import { invalidArgument } from './wire.js';

/** Decides from an event's stream or type whether a reader of $all gets it. */
export type EventFilter = (event: RecordedEvent) => boolean;

interface Expression {
  getRegex(): string;
  getPrefixList(): string[];
}

interface FilterOptions {
  getStreamIdentifier(): Expression | undefined;
  getEventType(): Expression | undefined;
  hasMax(): boolean;
  getMax(): number;
  getCheckpointintervalmultiplier(): number;
}

const DEFAULT_WINDOW = 32;

/** What a filter says, kept as it came so that a persistent subscription can store it. */
export interface FilterSettings {
  on: 'stream' | 'type';
  regex: string;
  prefixes: string[];
}

export function filterSettings(options: FilterOptions): FilterSettings {
  const ofStream = options.getStreamIdentifier();
  const expression = ofStream ?? options.getEventType();
  if (!expression) throw invalidArgument('The filter says nothing.');
  return {
    on: ofStream ? 'stream' : 'type',
    regex: expression.getRegex(),
    prefixes: expression.getPrefixList(),
  };
}

/** A regular expression wins where there is one; else any of the prefixes will do. */
export function toFilter({ on, regex, prefixes }: FilterSettings): EventFilter {
  const subject = (event: RecordedEvent) => (on === 'stream' ? event.stream : event.type);
  if (regex === '') return (event) => prefixes.some((prefix) => subject(event).startsWith(prefix));
  const pattern = compile(regex);
  return (event) => pattern.test(subject(event));
}

/** After how many considered events a filtered subscription gets a checkpoint. */
export function checkpointInterval(options: FilterOptions): number {
  return (
    Math.max(1, options.getCheckpointintervalmultiplier()) * (options.hasMax() ? options.getMax() : DEFAULT_WINDOW)
  );
}

function compile(regex: string): RegExp {
  try {
    return new RegExp(regex);
  } catch {
    throw invalidArgument(`'${regex}' is not a regular expression.`);
  }
}
