import type { Recorded } from '../../src/core/decider.js';
import type { ReferralEvent } from '../../src/referral/referral.events.js';
import type { Members, Values } from './json-schema.js';
import {
  common,
  erasure,
  personal,
  presence,
  receipt,
  request,
  requestId,
  response,
  revision,
  submission,
} from './members.js';
import type { Submission } from './submissions.js';

type FactType = ReferralEvent['type'];
type Fact<T extends FactType> = Recorded<Extract<ReferralEvent, { type: T }>>;

interface Description<T extends FactType, M extends Members, P extends Members> {
  about: string;
  fact: T;
  /** Members of thin and full events, beside the common ones. */
  members: M;
  /** Members of full events only. */
  personal: P;
  data(fact: Fact<T>): Values<M>;
  person(fact: Fact<T>): Values<P>;
}

function event<T extends FactType, M extends Members, P extends Members>(description: Description<T, M, P>) {
  return description;
}

const sent = {
  fact: 'FormSubmitted',
  members: submission,
  personal: personal.submission,
  data: ({ data: { revision, requestId } }: Fact<'FormSubmitted'>) => ({ revision, requestId }),
  person: ({ data: { referrer, subjects, answers, attachments } }: Fact<'FormSubmitted'>) => ({
    referrer,
    subjects,
    answers,
    attachments,
  }),
} as const;

/**
 * Every public event: its permanent, versioned type, what it says and how it is made of a fact. Schemas, the AsyncAPI
 * document and the events themselves come from here. A version never changes incompatibly: it gets a successor.
 */
export const contract = {
  'referral.submitted.v1': event({ about: 'A form was submitted: a referral begins.', ...sent }),
  'referral.resubmitted.v1': event({ about: 'A request for information was answered: a further version.', ...sent }),
  'referral.information-requested.v1': event({
    about: 'The council returned a version and asks for more.',
    fact: 'InformationRequested',
    members: request,
    personal: personal.request,
    data: ({ data: { revision, requestId, reasonCode, dueOn, redirectToFormId } }) => ({
      revision,
      requestId,
      reasonCode,
      dueOn,
      redirectToFormId,
    }),
    person: ({ data: { comments, questions } }) => ({ comments, questions }),
  }),
  'referral.information-request-retracted.v1': event({
    about: 'The council asks for nothing more after all.',
    fact: 'InformationRequestRetracted',
    members: { ...revision, ...requestId },
    personal: personal.retraction,
    data: ({ data: { revision, requestId } }) => ({ revision, requestId }),
    person: ({ data: { reason } }) => ({ reason }),
  }),
  'referral.contact-started.v1': event({
    about: 'The council has begun to deal with it.',
    fact: 'ContactStarted',
    members: revision,
    personal: personal.contact,
    data: ({ data: { revision } }) => ({ revision }),
    person: ({ data: { response } }) => ({ response }),
  }),
  'referral.responded.v1': event({
    about: 'The council responded, for some or all of the people in it.',
    fact: 'ResponsePosted',
    members: response,
    personal: personal.response,
    data: ({ data: { revision, outcomeCode, final } }) => ({ revision, outcomeCode, final }),
    person: ({ data: { outcome, message } }) => ({ outcome, message }),
  }),
  'referral.receipt-acknowledged.v1': event({
    about: 'A system confirmed that it holds a version.',
    fact: 'ReceiptAcknowledged',
    members: receipt,
    personal: personal.receipt,
    data: ({ data: { system } }) => ({ system }),
    person: ({ data: { externalId } }) => ({ externalId }),
  }),
  'referral.erased.v1': event({
    about: 'The personal data of the referral was erased: erase your copies too.',
    fact: 'ReferralErased',
    members: erasure,
    personal: personal.none,
    data: ({ data: { cause } }) => ({ cause }),
    person: () => ({}),
  }),
} as const;

export type PublicType = keyof typeof contract;
export const publicTypes = Object.keys(contract) as PublicType[];

/** The facts that public events are made of: no others, and none of them before a form was submitted. */
export const publicFacts: ReadonlySet<string> = new Set(publicTypes.map((type) => contract[type].fact));

/** A CloudEvent (specification 1.0). */
export interface PublicEvent {
  specversion: '1.0';
  /** The fact's own id: by it consumers tell an event that came again. */
  id: string;
  source: string;
  type: PublicType;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  dataschema: string;
  data: Values<typeof common> & Partial<Values<typeof presence>>;
}

export interface ContractOptions {
  /** Where the API is reached from outside. */
  publicUrl: string;
  /** True for events with personal data. */
  full: boolean;
}

/** Below the megabyte that a Kafka broker takes by default, in bytes of JSON. */
const LARGEST = 700_000;

/** The public event of a fact; null where there is none. `submission`: the one that the fact is about, if any. */
export function publicEvent(
  fact: Recorded<ReferralEvent>,
  submission: Submission | undefined,
  { publicUrl, full }: ContractOptions,
): PublicEvent | null {
  const type = typeOf(fact);
  if (!type || !submission) return null;
  const { reference, version, formId, formVersion, submittedAt } = submission;
  const subjectIds = 'subjectIds' in fact.data ? fact.data.subjectIds : submission.subjectIds;
  const fetch = { url: `${publicUrl}/graphql`, query: `{referral(reference:"${reference}"){reference status}}` };
  // Each description takes the facts of its own type: typeOf has seen to it.
  const description = contract[type] as unknown as Description<FactType, Members, Members>;
  const about = { reference, council: fact.council, version, formId, formVersion, subjectIds, submittedAt, fetch };
  const data = { ...about, ...description.data(fact) };
  return {
    specversion: '1.0',
    id: fact.id,
    source: `/councils/${fact.council}`,
    type,
    subject: reference,
    time: fact.at,
    datacontenttype: 'application/json',
    dataschema: `${publicUrl}/integration/schemas/${schemaName(type, full)}`,
    data: full ? { ...data, ...personalOf(fact, description) } : data,
  };
}

/** The file that holds the schema of an event's data. */
export function schemaName(type: PublicType, full: boolean): string {
  return `${type}${full ? '.full' : ''}.schema.json`;
}

function personalOf(fact: Recorded<ReferralEvent>, description: Description<FactType, Members, Members>) {
  if (fact.erased) return { personalData: 'erased' as const };
  const personal = description.person(fact);
  if (Buffer.byteLength(JSON.stringify(personal)) > LARGEST) return { personalData: 'too-large' as const };
  return { personalData: 'included' as const, ...personal };
}

function typeOf(fact: Recorded<ReferralEvent>): PublicType | undefined {
  if (fact.type === 'FormSubmitted') {
    return fact.data.version === 1 ? 'referral.submitted.v1' : 'referral.resubmitted.v1';
  }
  return publicTypes.find((type) => contract[type].fact === fact.type);
}
