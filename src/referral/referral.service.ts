import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Council } from '../council/council.js';
import type { Form } from '../council/form.js';
import { mapAnswers } from '../council/map-answers.js';
import { isPastGrace } from '../council/retired-form.js';
import { DAY, isoPlus } from '../core/clock.js';
import type { Actor } from '../core/decider.js';
import { EventLog } from '../core/event-log.js';
import { CommandHandling, type Outcome } from '../core/handle-command.js';
import { derivedId } from '../core/ids.js';
import { DomainError } from '../core/problem.js';
import { Secrets } from '../core/secrets.js';
import { StreamCommand } from '../core/stream-command.js';
import { AccountDirectory, referrerActor } from '../session/account-directory.js';
import { OwnWrites } from '../session/own-writes.js';
import type { RequestContext } from '../session/request-context.js';
import { ownDraft } from './draft.decider.js';
import { deriveReference, readReference, referenceDecider, referenceStream } from './reference.js';
import { referralDecider, type ReferralCommand } from './referral.decider.js';
import {
  referralKind,
  referralStream,
  type ReferralEvent,
  type ReferrerFacts,
  type Subject,
} from './referral.events.js';
import type { Draft, ReferralState, Submission } from './referral.state.js';
import { emptyView, evolveView, type ReferralView } from './referral.view.js';
import { formOf } from './saved-form.view.js';

type ReferralOutcome = Outcome<ReferralState, ReferralEvent>;

/** How many references are tried before giving up: two in a row taken is already beyond all chance. */
const REFERENCES_TRIED = 5;

/** What leads up to the commands of a referral, and how one is read. */
@Injectable()
export class ReferralService {
  constructor(
    private readonly bus: CommandBus,
    private readonly handling: CommandHandling,
    private readonly log: EventLog,
    private readonly secrets: Secrets,
    private readonly directory: AccountDirectory,
    private readonly ownWrites: OwnWrites,
  ) {}

  /** `from`: the asker's saved form, perhaps of an earlier version, whose people and answers the new one begins with. */
  async startForm(ctx: RequestContext, commandId: string, form: Form, from?: string | null) {
    const referrer = await this.directory.acting(ctx);
    if (form.professionalsOnly && !referrer.professional) {
      throw new DomainError('PROFESSIONALS_ONLY', 'This form is for people who refer as part of their work.', 'formId');
    }
    const id = derivedId(ctx.referrer.id, 'referral', commandId);
    const command: ReferralCommand = {
      type: 'StartForm',
      accountId: ctx.referrer.id,
      formId: form.id,
      formVersion: form.version,
      referrer,
      ...(from ? await this.carriedOver(ctx, id, from, form, referrer) : { answers: form.prefill(referrer) }),
      expiresAt: this.draftEnd(ctx),
    };
    const actor = referrerActor(ctx.referrer.id, referrer);
    const said = { formId: form.id, ...(from && { from }) };
    const outcome = await this.run(ctx, id, command, commandId, said, actor);
    return { id, outcome };
  }

  /** `subjects` without an id are new: theirs is derived from the command, so that a repeat names the same people. */
  async saveForm(
    ctx: RequestContext,
    commandId: string,
    given: {
      id: string;
      expectedRevision: number;
      patch?: object;
      subjects?: (Omit<Subject, 'id'> & { id?: string | null })[];
    },
  ) {
    const { id, expectedRevision, patch } = given;
    const subjects = given.subjects?.map((subject, place) => ({
      ...subject,
      id: subject.id ?? derivedId(id, commandId, 'subject', place),
    }));
    if (subjects && new Set(subjects.map((subject) => subject.id)).size < subjects.length) {
      throw new DomainError('BAD_INPUT', 'Two subjects have the same id.', 'subjects');
    }
    const accountId = ctx.referrer.id;
    const actor = referrerActor(accountId, await this.directory.acting(ctx));
    const form = draftForm(ctx);
    const times = { now: ctx.now.toISOString(), expiresAt: this.draftEnd(ctx) };
    const command: ReferralCommand = { type: 'SaveForm', accountId, expectedRevision, patch, subjects, form, ...times };
    return this.run(ctx, id, command, commandId, given, actor);
  }

  async discardForm(ctx: RequestContext, commandId: string, id: string): Promise<ReferralOutcome> {
    const command: ReferralCommand = { type: 'DiscardForm', accountId: ctx.referrer.id, now: ctx.now.toISOString() };
    const actor = referrerActor(ctx.referrer.id, (await this.directory.find(ctx.referrer.id)).person);
    return this.run(ctx, id, command, commandId, { id }, actor);
  }

  async submitForm(
    ctx: RequestContext,
    commandId: string,
    id: string,
    expectedRevision: number,
  ): Promise<ReferralOutcome> {
    const referrer = await this.directory.acting(ctx);
    const accountId = ctx.referrer.id;
    const form = draftForm(ctx);
    const reference = await this.reserveReference(ctx, id);
    const command: ReferralCommand = {
      type: 'SubmitForm',
      accountId,
      expectedRevision,
      reference,
      form,
      pastGrace: (draft) => isPastGrace(form(draft), ctx.council, ctx.now),
      referrer,
      now: ctx.now.toISOString(),
    };
    return this.run(ctx, id, command, commandId, { id, expectedRevision }, referrerActor(accountId, referrer));
  }

  async amendForm(ctx: RequestContext, commandId: string, id: string, requestId: string): Promise<ReferralOutcome> {
    const referrer = await this.directory.acting(ctx);
    const { council } = ctx;
    const open = (sent: Submission, redirectToFormId: string | null) => {
      const from = formOf(council, sent);
      const to = redirectToFormId ? council.form(redirectToFormId) : undefined;
      if (!to || to.id === from.id) {
        return { formId: sent.formId, formVersion: sent.formVersion, answers: sent.answers, unmapped: [] };
      }
      const { answers, unmapped } = mapAnswers(from, to, sent.answers, referrer, sent.subjects);
      return { formId: to.id, formVersion: to.version, answers, unmapped };
    };
    const times = { now: ctx.now.toISOString(), expiresAt: this.draftEnd(ctx) };
    const command: ReferralCommand = { type: 'StartAmendment', accountId: ctx.referrer.id, requestId, open, ...times };
    return this.run(ctx, id, command, commandId, { requestId }, referrerActor(ctx.referrer.id, referrer));
  }

  /** A command of the council's side. */
  async staff(
    ctx: RequestContext,
    reference: string,
    commandId: string,
    said: object,
    command: ReferralCommand,
  ): Promise<ReferralOutcome & { id: string }> {
    const id = await this.idOf(ctx.council, reference);
    const outcome = await this.run(ctx, id, command, commandId, { ...said, reference }, ctx.staffActor);
    return { ...outcome, id };
  }

  async run(
    ctx: RequestContext,
    id: string,
    command: ReferralCommand,
    commandId: string = randomUUID(),
    said: unknown = {},
    actor: Actor,
  ): Promise<ReferralOutcome> {
    const request = ctx.request(commandId, said, actor);
    const outcome = await this.bus.execute(new StreamCommand(referralDecider, referralStream(id), command, request));
    await this.ownWrites.note(ctx.caller, outcome.facts, outcome.position);
    return outcome;
  }

  /** The state as the store has it now: what queries answer from. */
  async state(id: string): Promise<ReferralState> {
    return (await this.handling.state(referralDecider, referralStream(id), true)).state;
  }

  /** The referral, folded from its stream. */
  async view(id: string): Promise<ReferralView> {
    let view = emptyView(id);
    for await (const fact of this.log.facts(referralKind, referralStream(id))) view = evolveView(view, fact);
    return view;
  }

  /** The council's referral of a reference as typed; NOT_FOUND for any other. */
  async idOf(council: Council, typed: string): Promise<string> {
    const reference = readReference(council.referencePrefix, typed);
    const stream = reference && referenceStream(reference);
    const found = stream && (await this.handling.state(referenceDecider, stream)).state.referralId;
    if (!found) throw new DomainError('NOT_FOUND', 'There is no referral with this reference.', 'reference');
    return found;
  }

  async submitted(council: Council, reference: string): Promise<ReferralView> {
    const view = await this.view(await this.idOf(council, reference));
    if (view.council !== council.id || view.versions.length === 0) {
      throw new DomainError('NOT_FOUND', 'There is no referral with this reference.', 'reference');
    }
    return view;
  }

  private async carriedOver(ctx: RequestContext, id: string, from: string, form: Form, referrer: ReferrerFacts) {
    // Begun already, by this very command: what became of the other form since does not matter.
    if ((await this.state(id)).status !== 'none') return { answers: {} };
    const before = ownDraft({ accountId: ctx.referrer.id, now: ctx.now.toISOString() }, await this.state(from));
    if (before.formId !== form.id) {
      throw new DomainError('BAD_INPUT', 'That saved form is of another kind.', 'fromSavedFormId');
    }
    const { answers } = mapAnswers(formOf(ctx.council, before), form, before.answers, referrer, before.subjects);
    return { answers, subjects: before.subjects };
  }

  private draftEnd({ now, council }: RequestContext): string {
    return isoPlus(now.toISOString(), council.savedFormDays * DAY);
  }

  private async reserveReference(ctx: RequestContext, referralId: string): Promise<string> {
    // A refusal must not rest on what this process remembers: another may have saved the form anew since.
    const state = await this.state(referralId);
    if (state.submission) return state.submission.reference;
    ownDraft({ accountId: ctx.referrer.id, now: ctx.now.toISOString() }, state);
    for (let attempt = 0; attempt < REFERENCES_TRIED; attempt += 1) {
      const reference = deriveReference(this.secrets, ctx.council.referencePrefix, referralId, attempt);
      const request = ctx.request(randomUUID(), { referralId }, { kind: 'system', id: 'references', name: '' });
      const command = { type: 'ReserveReference' as const, referralId };
      try {
        await this.bus.execute(new StreamCommand(referenceDecider, referenceStream(reference), command, request));
        return reference;
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'NOT_ALLOWED_NOW') throw error;
      }
    }
    throw new DomainError('UNAVAILABLE', 'No reference could be given just now. Please submit again.');
  }
}

/** Looks up the form a draft is in; FRESH_LOG_IN_REQUIRED where it asks for one. */
function draftForm(ctx: RequestContext): (draft: Draft) => Form {
  return (draft) => {
    const form = formOf(ctx.council, draft);
    freshEnough(ctx, form);
    return form;
  };
}

/** Throws FRESH_LOG_IN_REQUIRED where the form's own time without activity has passed. */
export function freshEnough({ referrer }: RequestContext, form: { inactivityMinutes: number | null }): void {
  if (form.inactivityMinutes === null || referrer.idleFor < form.inactivityMinutes * 60_000) return;
  const message = `This form asks you to log in again after ${form.inactivityMinutes} minutes without activity.`;
  throw new DomainError('FRESH_LOG_IN_REQUIRED', message);
}
