import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What this system holds of a referral. */
export interface CaseFile {
  reference: string;
  /** Ids of the events that were dealt with: what comes again is passed over. */
  seen: string[];
  /** The referral as it was fetched last; null where its personal data was erased. */
  referral: unknown;
}

/** One JSON file for each referral: a stand-in for the tables of a real system. */
export class CaseFiles {
  constructor(private readonly folder: string) {
    mkdirSync(folder, { recursive: true });
  }

  read(reference: string): CaseFile {
    try {
      return JSON.parse(readFileSync(this.path(reference), 'utf8')) as CaseFile;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { reference, seen: [], referral: null };
      throw error;
    }
  }

  /** What an event changed and that it was seen are written together: both are kept, or neither. */
  write(file: CaseFile): void {
    const path = this.path(file.reference);
    writeFileSync(`${path}.new`, JSON.stringify(file, null, 2));
    renameSync(`${path}.new`, path);
  }

  /** Named by a hash: what comes from outside names no path. */
  private path(reference: string): string {
    return join(this.folder, `${createHash('sha256').update(reference).digest('hex').slice(0, 32)}.json`);
  }
}
