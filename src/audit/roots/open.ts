import type { Config } from '../../config.js';
import type { Secrets } from '../../core/secrets.js';
import { BucketPlace, FolderPlace, type RootPlace } from './places.js';
import { rootSigner, type Signer } from './signed-root.js';

/** Where this installation keeps its signed roots, and what signs them. */
export function openRoots({ config: { audit }, secrets }: { config: Pick<Config, 'audit'>; secrets: Secrets }): {
  place: RootPlace;
  signer: Signer;
} {
  const place = audit.rootsBucket ? new BucketPlace(audit.rootsBucket) : new FolderPlace(audit.rootsDir);
  // Not from the secret in force: roots signed before a rotation must verify after it.
  return { place, signer: rootSigner(audit.signingSeed ?? secrets.lookup('audit roots', 'signing key')) };
}
