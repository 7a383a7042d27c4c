import type { Db } from 'mongodb';
import type { Secrets } from './secrets.js';

interface Mark {
  _id: 'lookup secret';
  /** A mac under the secret that look-ups are keyed by: tells whether it is the same, and nothing else of it. */
  mark: string;
}

/**
 * Remembers which secret look-ups are keyed by. Throws where it is another than before: every account would be there
 * and none could be found, and people would register a second time.
 */
export async function holdToLookupSecret(vault: Db, secrets: Secrets): Promise<void> {
  const mark = secrets.lookup('mark', 'lookup secret').toString('base64url');
  const kept = await vault
    .collection<Mark>('secret_marks')
    .findOneAndUpdate({ _id: 'lookup secret' }, { $setOnInsert: { mark } }, { upsert: true, returnDocument: 'after' });
  if (kept?.mark === mark) return;
  throw new Error(
    'Accounts are looked up by another secret than before, and none would be found. ' +
      'Set LOOKUP_SECRET to the first APP_SECRET that this installation had.',
  );
}
