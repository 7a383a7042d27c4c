import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The documents that a front end sends, by their SHA-256 in hex: nothing else is served where there are any. */
export class TrustedDocuments {
  private constructor(private readonly documents: ReadonlyMap<string, string>) {}

  /**
   * Reads a manifest, `{sha256: document}` as `npm run documents -- collect` writes it. Throws where it cannot be read,
   * lists nothing, or names a document by a hash that is not its own.
   */
  static load(path: string): TrustedDocuments {
    let entries: [string, unknown][];
    try {
      entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>);
    } catch (error) {
      throw new Error(`TRUSTED_DOCUMENTS cannot be read: ${path}`, { cause: error });
    }
    const wrong = entries.filter(([hash, text]) => typeof text !== 'string' || documentHash(text) !== hash);
    if (wrong.length > 0 || entries.length === 0) {
      throw new Error(
        `TRUSTED_DOCUMENTS must list documents by their SHA-256: ${path} has ${wrong.length} that are not`,
      );
    }
    return new TrustedDocuments(new Map(entries as [string, string][]));
  }

  has(text: string): boolean {
    return this.documents.has(documentHash(text));
  }

  /** For callers that send the hash alone, as Apollo's clients do (`extensions.persistedQuery.sha256Hash`). */
  get(hash: string): string | undefined {
    return this.documents.get(hash);
  }
}

/** The name under which a document is listed. */
export function documentHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
