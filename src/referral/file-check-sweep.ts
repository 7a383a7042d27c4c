import type { Collection, Db } from 'mongodb';
import { savedForms, type SavedFormDocument } from '../../projections/saved-forms.js';
import { MINUTE, type Clock } from '../core/clock.js';
import type { EventLog } from '../core/event-log.js';
import type { CommandHandling } from '../core/handle-command.js';
import { concernsOneKey } from '../core/keys.js';
import type { Logger } from '../core/logger.js';
import { Repeating } from '../core/repeating.js';
import type { CheckEnd, FileCheck } from './file-check.js';
import { referralDecider } from './referral.decider.js';
import { referralKind, referralStream } from './referral.events.js';

const EVERY = MINUTE / 6;
const BATCH = 100;
/** Whoever received a file is still at it for this long. */
const AT_IT = MINUTE / 6;
/** Received, and after this long still not kept: its bytes are lost. */
const LOST = 10 * MINUTE;

export interface FileCheckSweepTools {
  views: Db;
  handling: CommandHandling;
  log: EventLog;
  clock: Clock;
  logger: Logger;
}

/**
 * Takes up checks of files that did not end: the process died, or the scanner could not be reached. So every file that
 * was received ends as available or refused, as soon as that can be said.
 */
export class FileCheckSweep {
  private readonly documents: Collection<SavedFormDocument>;
  private readonly repeating = new Repeating(
    () => this.sweep(),
    (error) => this.tools.logger.error('checking files failed, will be tried again', { error }),
  );
  /** The form at which the last sweep stopped. */
  private stoppedAt = '';

  constructor(
    private readonly check: FileCheck,
    private readonly tools: FileCheckSweepTools,
  ) {
    this.documents = tools.views.collection<SavedFormDocument>(savedForms.name);
  }

  start(): void {
    this.repeating.start(EVERY);
  }

  stop(): Promise<void> {
    return this.repeating.stop();
  }

  /**
   * Gives the number of files whose check ended. Stops at a form of which a file got no verdict, for a scanner that is
   * down gives none to the next either; and goes on behind it the next time, for it may be that file's own doing.
   */
  async sweep(): Promise<number> {
    const begin = this.stoppedAt;
    this.stoppedAt = '';
    const behind = await this.sweepFrom({ $gt: begin });
    if (begin === '' || this.stoppedAt !== '') return behind;
    return behind + (await this.sweepFrom({ $lte: begin }));
  }

  private async sweepFrom(ids: { $gt?: string; $lte?: string }): Promise<number> {
    let ended = 0;
    let after = ids.$gt ?? '';
    for (;;) {
      const found = await this.documents
        .find({ 'draft.attachments.status': 'CHECKING', _id: { ...ids, $gt: after } })
        .sort({ _id: 1 })
        .project<Pick<SavedFormDocument, '_id'>>({ _id: 1 })
        .limit(BATCH)
        .toArray();
      for (const { _id: id } of found) {
        const ends = await this.checkAll(id).catch((error: unknown) => {
          if (!concernsOneKey(error)) throw error;
          this.tools.logger.error('files wait for a data key, others are checked', { part: referralStream(id), error });
          return [];
        });
        ended += ends.filter(({ status }) => status !== 'CHECKING').length;
        if (ends.some(({ status }) => status === 'CHECKING')) {
          this.stoppedAt = id;
          return ended;
        }
      }
      if (found.length < BATCH) return ended;
      after = found.at(-1)!._id;
    }
  }

  /** The list may be behind: what the form's own stream says counts. */
  private async checkAll(id: string): Promise<CheckEnd[]> {
    const { state } = await this.tools.handling.state(referralDecider, referralStream(id), true);
    const checking = state.draft?.attachments.filter(({ status }) => status === 'CHECKING') ?? [];
    const ends: CheckEnd[] = [];
    for (const file of checking) {
      const age = this.tools.clock.now().getTime() - Date.parse(await this.receivedAt(id, file.id));
      if (age < AT_IT) continue;
      const end =
        (await this.check.again(id, state.council, file)) ??
        (age < LOST ? undefined : await this.check.lost(id, state.council, file.id));
      if (end) ends.push(end);
    }
    return ends;
  }

  private async receivedAt(id: string, attachmentId: string): Promise<string> {
    let at = '';
    for await (const fact of this.tools.log.facts(referralKind, referralStream(id))) {
      if (fact.type === 'AttachmentReceived' && fact.data.attachmentId === attachmentId) at = fact.at;
    }
    return at;
  }
}
