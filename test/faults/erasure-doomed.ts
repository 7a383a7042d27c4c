import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import {
  accountKind,
  accountStream,
  emailReservationKind,
  type AccountEvent,
} from '../../src/account/account.events.js';
import { emailReservationDecider, emailStream } from '../../src/account/email-reservation.js';
import type { DomainEvent, StreamKind } from '../../src/core/decider.js';
import { noHead } from '../../src/core/event-log.js';
import type { Platform } from '../../src/platform.js';
import { deriveReference, referenceStream } from '../../src/referral/reference.js';
import { referenceReservationKind, referralKind, referralStream } from '../../src/referral/referral.events.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import { DAY, formStarted, formSubmitted, isla, responsePosted, subjectsNamed } from '../deciders/referral-story.js';

export const COUNCIL = 'lancashire';
/** Days for which the council of these faults keeps a referral. */
export const KEPT_FOR = 30;
/** Stands in everything that is to go, and in nothing else. */
const CANARY = 'Zwitscher';

/** Something that is to be erased, by whatever way. */
export interface Doomed {
  what: string;
  /** Its stream; of an account that of the form it has begun. */
  stream: string;
  /** The read model that says that it is there. */
  shownIn: 'records' | 'registrations';
  /** The fact that ends it: there is one, whatever was killed when. */
  end: (ReferralEvent | AccountEvent)['type'];
  /** What a records officer asks for it, and whether they were answered. */
  asked?: { document: string; variables: { commandId: string } & Record<string, string>; answered: boolean };
  account?: { id: string; email: string; sent: string };
}

const eraseReferral = `mutation($commandId: ID!, $reference: String!, $reason: String!) {
  eraseReferral(commandId: $commandId, reference: $reference, reason: $reason) }`;
const eraseAccount = `mutation($commandId: ID!, $email: String!, $reason: String!) {
  eraseAccount(commandId: $commandId, email: $email, reason: $reason) }`;

/** Makes what is to be erased, in every way there is, and looks for what is left of it. */
export class DoomedThings {
  constructor(private readonly platform: Platform) {}

  /** A saved form with a file, past its day. */
  async pastItsDay(): Promise<Doomed> {
    return doomed('saved forms past their day', await this.begun(CANARY, -1), 'SavedFormExpired');
  }

  /** A saved form with a file, whose day is to come. */
  async beforeItsDay(): Promise<Doomed> {
    return doomed('saved forms before their day', await this.begun('Keep', DAY), 'SavedFormExpired');
  }

  /** A referral that nobody has responded to, which a records officer erases. */
  async erasedByOfficer(): Promise<Doomed> {
    const { stream, reference } = await this.sent(CANARY);
    const variables = { commandId: randomUUID(), reference, reason: 'Asked for' };
    const asked = { document: eraseReferral, variables, answered: false };
    return { ...doomed('referrals that an officer erases', stream, 'ReferralErased'), asked };
  }

  /** A referral that has been at rest for longer than it is kept. */
  async pastRetention(): Promise<Doomed> {
    const { stream } = await this.sent(CANARY, new Date(Date.now() - 2 * KEPT_FOR * DAY));
    return doomed('referrals past their retention', stream, 'ReferralErased');
  }

  /** A registration that nobody confirmed within its week. */
  async unconfirmed(): Promise<Doomed> {
    const stream = await this.registration(CANARY, new Date(Date.now() - 8 * DAY));
    return { ...doomed('registrations that nobody confirmed', stream, 'AccountErased'), shownIn: 'registrations' };
  }

  /** A registration whose week is not over. */
  async withinItsWeek(): Promise<Doomed> {
    const stream = await this.registration('Keep', new Date(Date.now() - 6 * DAY));
    return { ...doomed('registrations within their week', stream, 'AccountErased'), shownIn: 'registrations' };
  }

  /** An account that a records officer erases, with a session, a form that it has begun, and one that it sent, which stays. */
  async account(): Promise<Doomed> {
    const { secrets, sessions } = this.platform;
    const id = randomUUID();
    const email = `${CANARY}-${id}@example.org`;
    const details = { forename: CANARY, surname: 'Robinson', professional: true };
    await this.append(accountKind, accountStream(id), [
      { type: 'RegistrationStarted', data: { ...details, email } },
      { type: 'EmailConfirmed', data: { challengeId: randomUUID() } },
    ]);
    const reserved = { type: 'EmailReserved' as const, data: { accountId: id } };
    await this.append(emailReservationKind, emailStream(secrets, COUNCIL, email), [reserved]);
    await sessions.start(id, COUNCIL, 30, 'A browser');
    const begun = await this.begun(CANARY, DAY, id);
    const { stream: sent } = await this.sent('Keep', undefined, id);
    const variables = { commandId: randomUUID(), email, reason: 'Asked for' };
    const asked = { document: eraseAccount, variables, answered: false };
    const account = { id, email, sent };
    return { ...doomed('accounts that an officer erases', begun, 'FormDiscarded'), asked, account };
  }

  /** Whether the read models that everything is found by have all of these. */
  async areKnown(things: readonly Doomed[]): Promise<boolean> {
    const sent = things.flatMap(({ account }) => (account ? [account.sent] : []));
    const known = await Promise.all(
      (['records', 'registrations'] as const).map(async (name) => {
        const shown = things.filter(({ shownIn }) => shownIn === name).map(({ stream }) => stream);
        const streams = name === 'records' ? [...shown, ...sent] : shown;
        const rows = this.platform.views.collection(name);
        return (await rows.countDocuments({ stream: { $in: streams }, council: COUNCIL })) === streams.length;
      }),
    );
    return known.every(Boolean);
  }

  /** What is left of one: nothing once it is erased whole. */
  async left({ stream, account }: Doomed): Promise<string[]> {
    const { vault, handling, secrets } = this.platform;
    const left = await this.leftOf(stream);
    if (!account) return left;
    left.push(...(await this.leftOf(accountStream(account.id))));
    const reservation = emailStream(secrets, COUNCIL, account.email);
    const { state } = await handling.state(emailReservationDecider, reservation, true);
    if (state.accountId) left.push('its address');
    if ((await vault.collection('sessions').countDocuments({ accountId: account.id })) > 0) left.push('a session');
    return left;
  }

  /** Whether one was ended by the fact that ends it, once, and what must stay of it is there. */
  async endedOnce({ stream, end, account }: Doomed): Promise<boolean> {
    let ends = 0;
    for await (const { type } of this.platform.log.records(stream)) ends += type === end ? 1 : 0;
    if (!account) return ends === 1;
    let erasures = 0;
    for await (const { type } of this.platform.log.records(accountStream(account.id)))
      erasures += type === 'AccountErased' ? 1 : 0;
    return erasures === 1 && ends === 1 && (await this.leftOf(account.sent)).includes('the key');
  }

  /** The collections in which a word of something erased still stands. */
  async canaries(): Promise<string[]> {
    const found: string[] = [];
    for (const db of [this.platform.views, this.platform.vault]) found.push(...(await collectionsWith(db, CANARY)));
    return found;
  }

  private async leftOf(stream: string): Promise<string[]> {
    const { vault, views, secrets, config } = this.platform;
    const key = await vault.collection<{ _id: string; wrapped?: unknown }>('keys').findOne({ _id: stream });
    const folder = secrets.mac('file folder', stream).toString('hex');
    const left = [
      ...(key?.wrapped === undefined ? [] : ['the key']),
      ...(existsSync(join(config.dataDir, 'files', folder)) ? ['a file'] : []),
    ];
    for (const name of ['saved-forms', 'records', 'registrations']) {
      if ((await views.collection(name).countDocuments({ stream, council: COUNCIL })) > 0)
        left.push(`a row of ${name}`);
    }
    return left;
  }

  private begun(word: string, endsIn: number, accountId = randomUUID()): Promise<string> {
    const expiresAt = new Date(Date.now() + endsIn).toISOString();
    const answers = { you: { name: word } };
    const subjects = subjectsNamed(2, named(word));
    return this.referral([
      formStarted({ accountId, expiresAt, answers }),
      { ...subjects, data: { ...subjects.data, expiresAt } },
    ]);
  }

  private async sent(word: string, restingSince?: Date, accountId = randomUUID()) {
    const { secrets } = this.platform;
    const id = randomUUID();
    const reference = deriveReference(secrets, 'LCC', id, 0);
    const child = named(word);
    const facts: ReferralEvent[] = [
      formStarted({ accountId, answers: { you: { name: word } } }),
      subjectsNamed(2, child),
      formSubmitted({
        accountId,
        reference,
        subjects: [child],
        subjectIds: [child.id],
        answers: { you: { name: word } },
      }),
      ...(restingSince ? [responsePosted(2, [child], true)] : []),
    ];
    const reserved = { type: 'ReferenceReserved' as const, data: { referralId: id } };
    await this.append(referenceReservationKind, referenceStream(reference), [reserved]);
    await this.referral(facts, id, restingSince);
    return { stream: referralStream(id), reference };
  }

  private async registration(word: string, at: Date): Promise<string> {
    const stream = accountStream(randomUUID());
    const details = { forename: word, surname: 'Robinson', professional: true };
    const email = `${word}-${randomUUID()}@example.org`;
    await this.append(accountKind, stream, [{ type: 'RegistrationStarted', data: { ...details, email } }], at);
    return stream;
  }

  private async referral(facts: readonly ReferralEvent[], id = randomUUID(), at?: Date): Promise<string> {
    await this.append(referralKind, referralStream(id), facts, at);
    await this.platform.files.put(referralStream(id), 'file', Buffer.from('What somebody attached'));
    return referralStream(id);
  }

  private async append<E extends DomainEvent>(
    kind: StreamKind<E>,
    stream: string,
    facts: readonly E[],
    at = new Date(),
  ): Promise<void> {
    const commandId = randomUUID();
    const actor = { kind: 'referrer' as const, id: 'lynn', name: 'Lynn Robinson' };
    const context = { commandId, commandHash: '', council: COUNCIL, actor, correlationId: commandId };
    await this.platform.log.append(kind, stream, noHead, facts, { ...context, at: at.toISOString() });
  }
}

function doomed(what: string, stream: string, end: Doomed['end']): Doomed {
  return { what, stream, shownIn: 'records', end };
}

const named = (forename: string) => ({ ...isla, id: randomUUID(), forename });

async function collectionsWith(db: Db, word: string): Promise<string[]> {
  const found: string[] = [];
  for (const { name } of await db.listCollections().toArray()) {
    for await (const document of db.collection(name).find()) {
      if (!JSON.stringify(document).includes(word)) continue;
      found.push(`${db.databaseName}.${name}`);
      break;
    }
  }
  return found;
}
