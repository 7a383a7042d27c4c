import { createHash } from 'node:crypto';
import {
  context,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
} from '@opentelemetry/api';
import { DomainError } from './problem.js';

/** What a correlation id and a command id make of a trace: facts keep both, so nothing is added to the log for traces. */
interface SpanPlace {
  /** The trace is the correlation id's; within a span that is under way, that one's. */
  correlationId: string;
  /** The span is this command's: what its facts lead to hangs on it. */
  commandId?: string;
  /** The command whose facts are followed: its span is the parent, wherever it was recorded. */
  causeId?: string;
}

let on = false;
/** The ids that the next span begun is given; the SDK's id generator takes them (src/telemetry/start-tracing.ts). */
export const nextIds: { trace?: string; span?: string } = {};

/** Spans are made from now on, or no more. Off, they cost the look at a variable. */
export function setTracing(value: boolean): void {
  on = value;
}

/**
 * Does some work in a span of the correlation id's trace. Attributes hold names and numbers, never what people wrote; of
 * an error only its code.
 */
export async function inSpan<T>(
  name: string,
  place: SpanPlace | undefined,
  attributes: Attributes,
  work: () => Promise<T>,
): Promise<T> {
  if (!on) return work();
  const within = parentOf(place);
  if (!trace.getSpanContext(within) && place) nextIds.trace = traceIdOf(place.correlationId);
  if (place?.commandId) nextIds.span = spanIdOf(place.commandId);
  const span = trace.getTracer('frontdoor').startSpan(name, { attributes }, within);
  delete nextIds.trace;
  delete nextIds.span;
  try {
    return await context.with(trace.setSpan(within, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof DomainError ? error.code : 'INTERNAL' });
    throw error;
  } finally {
    span.end();
  }
}

function parentOf(place: SpanPlace | undefined): Context {
  if (!place?.causeId) return context.active();
  const cause = { traceId: traceIdOf(place.correlationId), spanId: spanIdOf(place.causeId) };
  return trace.setSpanContext(ROOT_CONTEXT, { ...cause, traceFlags: TraceFlags.SAMPLED, isRemote: true });
}

/** A correlation id is a UUID: as many bits as a trace id has. */
function traceIdOf(correlationId: string): string {
  return correlationId.replaceAll('-', '').toLowerCase();
}

function spanIdOf(commandId: string): string {
  return createHash('sha256').update(commandId).digest('hex').slice(0, 16);
}
