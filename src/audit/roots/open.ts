import type { Config } from '../../config.js';
import type { Secrets } from '../../core/secrets.js';
import { TopicLog } from '../../../projections/kafka/topic-log.js';
import { BucketPlace, FolderPlace } from './files-place.js';
import type { RootPlace } from './places.js';
import { rootSigner, type Signer } from './signed-root.js';
import { TopicPlace } from './topic-place.js';

type PlaceConfig = Pick<Config, 'audit' | 'kafka'>;

/** Where this installation keeps its signed roots, and what signs them. */
export function openRoots({ config, secrets }: { config: PlaceConfig; secrets: Secrets }): {
  place: RootPlace;
  signer: Signer;
} {
  // Not from the secret in force: roots signed before a rotation must verify after it.
  const signer = rootSigner(config.audit.signingSeed ?? secrets.lookup('audit roots', 'signing key'));
  return { place: openPlace(config), signer };
}

function openPlace({ audit, kafka }: PlaceConfig): RootPlace {
  if (audit.rootsBucket) return new BucketPlace(audit.rootsBucket);
  // Checked at boot: where there is a topic there are brokers.
  if (audit.rootsTopic) return new TopicPlace(new TopicLog(kafka!, audit.rootsTopic));
  return new FolderPlace(audit.rootsDir);
}
