import { OfNewerRelease } from '../src/core/newer-release.js';
import type { Shape } from './held-checkpoint.js';
import { rebuild, type Rebuilding, type RebuildTools } from './rebuild.js';

/**
 * Has the documents of a read model made by what this release makes them by. Where another release made them otherwise,
 * they are built anew beside the live ones, which stay as they are until then: this release cannot go on from them. What
 * a newer release made is left to that one; two releases must not build in turns.
 */
export async function fitShape(rebuilding: Omit<Rebuilding, 'id' | 'shadow'>, tools: RebuildTools): Promise<void> {
  const { follower, checkpoint } = rebuilding;
  const { name, shape, shadow } = follower;
  if (!shape || !shadow) return;
  const stored = checkpoint.shape;
  // Releases before this one did not say, and made the documents that version 1 says.
  if (!stored && shape.version === 1) return checkpoint.move(checkpoint.position, { shape });
  if (stored && isNewer(stored, shape)) {
    throw new OfNewerRelease(
      `The read model ${name} was built by a newer release. Start that one, or drop the collection to go back to this one.`,
    );
  }
  if (stored?.version === shape.version && stored.takes.length === shape.takes.length) return;
  tools.logger.info('this release makes other documents, the read model is built anew', { follower: name });
  const id = await tools.controls.askRebuild(name);
  await rebuild({ ...rebuilding, shadow, id }, tools);
}

/** A type that is no longer taken counts as one that a newer release takes: raise the version with it. */
function isNewer(stored: Shape, { version, takes }: Shape): boolean {
  if (stored.version !== version) return stored.version > version;
  return stored.takes.some((type) => !takes.includes(type));
}
