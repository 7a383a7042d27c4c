/**
 * JSON Merge Patch (RFC 7396): the target as the patch makes it. Pure: both arguments stay as they are, and what the
 * patch does not touch is shared with the target. A member called `__proto__` is passed over, so that neither the
 * result nor anything made of it can change an object's prototype.
 */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const merged = new Map(isRecord(target) ? Object.entries(target) : []);
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), change));
  }
  merged.delete('__proto__');
  return Object.fromEntries(merged);
}

/** Whether a value is a JSON object: neither null nor a list. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
