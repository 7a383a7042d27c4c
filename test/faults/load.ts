import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem, type Api, type Json } from '../../src/cli/demo/api.js';
import { documents as ask } from '../../src/cli/demo/documents.js';
import { sampleAnswers } from '../../src/council/sample-answers.js';
import { councils, registered, type SavedForm } from '../support/people.js';
import type { Random } from './random.js';
import type { Report } from './report.js';

export const OTHER_ANSWERS = 'commands answered by anything but accepted or UNAVAILABLE';
export const CHANGED_ANSWERS = 'repeated commands that were answered otherwise than before';

const LATEST = '{submittedForms(first: 5){recentlySubmitted{edges{node{reference}}}}}';
/** Where nobody follows the log for so long, a list is given as it is (own-writes.ts), in milliseconds. */
const PATIENCE = 2_000;
const UNSEEN = 'submissions that were not in the very next list their referrer asked for';

const FORM = 'request-for-support';

interface Latest {
  recentlySubmitted: { edges: { node: { reference: string } }[] };
}

export interface Manner {
  /** Somebody waits up to so long before the next command, in milliseconds. */
  thinking?: number;
  /** Somebody looks at their list after each submission. */
  looks?: boolean;
}

/** People who start, save and submit forms, and give a command again until it is accepted. */
export class Load {
  /** Every command that was accepted. */
  readonly accepted: string[] = [];
  readonly references: string[] = [];
  private running = true;
  private readonly loops: Promise<void>[] = [];

  constructor(
    private readonly random: Random,
    private readonly report: Report,
    private readonly manner: Manner = {},
  ) {
    report.none(OTHER_ANSWERS, CHANGED_ANSWERS);
    if (manner.looks) report.none(UNSEEN);
  }

  async start(visitor: Api, people: number, handsEach: number): Promise<void> {
    for (let nth = 0; nth < people; nth += 1) {
      const { api } = await registered(visitor);
      for (let hand = 0; hand < handsEach; hand += 1) this.loops.push(this.work(api));
    }
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.loops);
  }

  private async work(api: Api): Promise<void> {
    const form = councils().byId(api.council)!.form(FORM)!;
    const subjects = [{ id: this.random.uuid(), forename: 'Violet', surname: 'Plant', dateOfBirth: '2014-03-09' }];
    const account = { forename: 'Lynn', surname: 'Robinson', email: 'lynn@example.org', professional: true };
    const answersPatch = sampleAnswers(form, subjects, account);
    while (this.running) {
      const begun = await this.command<SavedForm>(api, ask.startForm, (commandId) => ({
        input: { commandId, formId: FORM },
      }));
      const saved = await this.command<SavedForm>(api, ask.saveForm, (commandId) => ({
        input: { commandId, id: begun.id, expectedRevision: begun.revision, subjects, answersPatch },
      }));
      if (this.random.next() < 0.2) continue; // saved for later
      const sent = await this.command<{ reference: string }>(api, ask.submitForm, (commandId) => ({
        commandId,
        id: saved.id,
        expectedRevision: saved.revision,
      }));
      this.references.push(sent.reference);
      if (this.manner.looks) await this.look(api, sent.reference);
    }
  }

  private async look(api: Api, reference: string): Promise<void> {
    const begun = Date.now();
    const { recentlySubmitted } = await api.ask<Latest>(LATEST);
    const waited = Date.now() - begun;
    this.report.most('longest wait for a list, ms', waited);
    this.report.done('lists looked at right after a submission');
    const isSeen = recentlySubmitted.edges.some(({ node }) => node.reference === reference);
    if (!isSeen && waited >= PATIENCE) this.report.done('of them given without it after two seconds');
    else this.report.check(isSeen, UNSEEN, () => reference);
  }

  /** Gives one command until it is accepted, and now and then once more: the answer is the same. */
  private async command<T extends object>(
    api: Api,
    document: string,
    variables: (commandId: string) => Json,
  ): Promise<T> {
    const { thinking } = this.manner;
    if (thinking) await sleep(this.random.whole(0, thinking));
    const commandId = this.random.uuid();
    const given = variables(commandId);
    const answer = await this.untilAccepted<T>(api, document, given);
    this.accepted.push(commandId);
    this.report.done('commands accepted');
    if (this.random.next() < 0.1) {
      const again = await this.untilAccepted<T>(api, document, given);
      this.report.done('accepted commands repeated');
      for (const member of ['id', 'reference'] as const) {
        const same = (answer as Json)[member] === (again as Json)[member];
        this.report.check(same, CHANGED_ANSWERS, () => commandId);
      }
    }
    return answer;
  }

  private async untilAccepted<T>(api: Api, document: string, variables: Json): Promise<T> {
    for (;;) {
      const begun = Date.now();
      try {
        return await api.ask<T>(document, variables);
      } catch (error) {
        const unavailable = error instanceof ApiProblem && error.code === 'UNAVAILABLE';
        if (unavailable) this.report.done('commands answered UNAVAILABLE, and given again with the same id');
        else this.report.loss(OTHER_ANSWERS, String(error));
        await sleep(this.random.whole(50, 250));
      } finally {
        this.report.most('longest wait for an answer to a command, ms', Date.now() - begun);
      }
    }
  }
}
