import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { historyPdf } from '../../audit/history-pdf.js';
import type { History } from '../../audit/history.js';
import type { Council } from '../../council/council.js';
import type { Platform } from '../../platform.js';
import type { HeldReferral } from '../../records/subject-access.js';
import { renderPdf } from '../../referral/pdf/render-pdf.js';
import { referralStream } from '../../referral/referral.events.js';
import { formOf } from '../../referral/saved-form.view.js';

export interface Asked {
  askedAt: Date;
  askedBy: string;
  reason: string;
}

/** Writes what was found into a new folder: one JSON document, PDFs to read, and the files that were uploaded. */
export class SubjectAccessFolder {
  constructor(
    private readonly folder: string,
    private readonly council: Council,
    private readonly asked: Asked,
  ) {
    mkdirSync(folder, { mode: 0o700 });
  }

  json(held: object): void {
    this.write('data.json', `${JSON.stringify(held, null, 2)}\n`);
  }

  async history(name: string, title: string, history: History): Promise<void> {
    const { name: council, timeZone } = this.council;
    this.write(name, await historyPdf(history, { title, council, timeZone, ...this.asked }));
  }

  /** A folder of its own: every version and the saved form as PDFs, its history, and its files. */
  async referral({ files }: Platform, held: HeldReferral): Promise<void> {
    const place = held.reference ?? `saved-form-${held.id}`;
    mkdirSync(join(this.folder, place), { mode: 0o700 });
    for (const version of held.versions) {
      const form = formOf(this.council, version).definition;
      const pdf = await renderPdf({ ...version, council: this.council, form, reference: held.reference! });
      this.write(join(place, `version-${version.version}.pdf`), pdf);
    }
    if (held.savedForm) this.write(join(place, 'saved-form.pdf'), await this.draft(held, held.savedForm));
    await this.history(join(place, 'history.pdf'), `History of ${place}`, held.history);
    for (const { attachmentId, fileName } of held.files) {
      const bytes = await files.get(referralStream(held.id), attachmentId);
      // The name is somebody else's text: only its last part, behind the file's own id.
      if (bytes)
        this.write(join(place, `${attachmentId}-${basename(fileName.replace(/[^\p{L}\p{N}. _-]/gu, '_'))}`), bytes);
    }
  }

  private draft({ reference, referrer }: HeldReferral, draft: NonNullable<HeldReferral['savedForm']>): Promise<Buffer> {
    const form = formOf(this.council, draft).definition;
    const submittedBy = referrer ? `${referrer.forename} ${referrer.surname}` : 'not submitted';
    const sent = { version: 0, submittedAt: draft.savedAt, submittedBy, reference: reference ?? 'Saved form' };
    return renderPdf({ ...draft, ...sent, council: this.council, form });
  }

  private write(name: string, content: string | Buffer): void {
    writeFileSync(join(this.folder, name), content, { mode: 0o600, flag: 'wx' });
  }
}
