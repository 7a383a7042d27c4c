import { DELETED, RecordedEvent } from '../events.js';

/** What of a stream's metadata decides which of its events are visible. */
export interface Retention {
  truncateBefore: number;
  maxCount?: number;
  maxAgeSeconds?: number;
}

export const KEEP_ALL: Retention = { truncateBefore: 0 };
export const KEEP_LATEST: Retention = { truncateBefore: 0, maxCount: 1 };

/** Reads retention from the last event of a metastream. What is malformed counts as no metadata at all. */
export function retentionOf(event: RecordedEvent | undefined): Retention {
  if (event === undefined || !event.isJson) return KEEP_ALL;
  const json = parseObject(event.data);
  if (json === undefined) return KEEP_ALL;
  const { $tb, $maxCount, $maxAge } = json;
  if (![$tb, $maxCount, $maxAge].every((value) => value === undefined || Number.isInteger(value))) return KEEP_ALL;
  return {
    // 9223372036854775807 loses its last digits in JSON.parse, but never falls below the largest safe integer.
    truncateBefore: typeof $tb === 'number' && $tb > 0 ? Math.min($tb, DELETED) : 0,
    maxCount: typeof $maxCount === 'number' && $maxCount > 0 ? $maxCount : undefined,
    maxAgeSeconds: typeof $maxAge === 'number' && $maxAge > 0 ? $maxAge : undefined,
  };
}

/** The metadata a soft delete leaves. It is text because a JavaScript number cannot hold the value. */
export function softDeletedMetadata(): Uint8Array {
  return Buffer.from('{"$tb":9223372036854775807}');
}

/** The same metadata with another `$tb`: what brings a soft-deleted stream back, without its old events. */
export function withTruncateBefore(event: RecordedEvent, truncateBefore: number): Uint8Array {
  return Buffer.from(JSON.stringify({ ...parseObject(event.data), $tb: truncateBefore }));
}

function parseObject(data: Uint8Array): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof json === 'object' && json !== null && !Array.isArray(json)
      ? (json as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
