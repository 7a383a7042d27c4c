import type { Members } from './json-schema.js';

/** What events are made of: each member is described once, here. */

const text = (description: string) => ({ type: 'string', description }) as const;
const orNone = (description: string) => ({ type: ['string', 'null'], description }) as const;
const number = (description: string) => ({ type: 'integer', description }) as const;
const instant = (description: string) => ({ type: 'string', format: 'date-time', description }) as const;

/** In every event, thin or full. */
export const common = {
  reference: text('The unique reference of the referral: the same for all its versions, and the key in Kafka.'),
  council: text('Id of the council that the referral was sent to.'),
  version: number('The version that the event is about: 1 for the first submission.'),
  formId: text('Id of the form that this version was sent on.'),
  formVersion: number('Version of that form.'),
  subjectIds: {
    type: 'array',
    items: { type: 'string' },
    description: 'Opaque ids of the people whom the event is about; their names are in the referral itself.',
  },
  submittedAt: instant('When this version was submitted.'),
  fetch: {
    type: 'object',
    properties: {
      url: {
        type: 'string',
        format: 'uri',
        description: 'Where to send the query, as a system with the role SERVICE.',
      },
      query: text('A GraphQL query for this referral: ask it for the members that you need.'),
    },
    required: ['url', 'query'],
    description: 'Where the referral itself is.',
  },
} as const satisfies Members;

/** In events that change the referral as workers see it. */
export const revision = { revision: number('How many changes the referral has seen, this one included.') } as const;
export const requestId = { requestId: text('Id of the request for information.') } as const;

export const submission = {
  ...revision,
  requestId: orNone('The request for information that this version answers; null for a first submission.'),
} as const satisfies Members;

export const request = {
  ...revision,
  ...requestId,
  reasonCode: text("Why more is asked for: a code of the council's own list."),
  dueOn: { type: ['string', 'null'], format: 'date', description: 'Until when an answer is asked for.' },
  redirectToFormId: orNone('The form to use in place of the one that was sent; null where it was the right one.'),
} as const satisfies Members;

export const response = {
  ...revision,
  outcomeCode: text("What became of it: a code of the council's own list."),
  final: { type: 'boolean', description: 'True where the contact for these people ends with it.' },
} as const satisfies Members;

export const receipt = { system: text('The system that acknowledged this version.') } as const satisfies Members;

export const erasure = {
  cause: { type: 'string', enum: ['records-officer', 'retention'], description: 'Why it was erased.' },
} as const satisfies Members;

/** In full events only: whether the personal members are there, and why not where not. */
export const presence = {
  personalData: {
    type: 'string',
    enum: ['included', 'erased', 'too-large'],
    description:
      'erased: it was destroyed before this event was published. too-large: it does not fit into a message; fetch it.',
  },
} as const satisfies Members;

const person = {
  type: 'object',
  properties: {
    id: text('As in subjectIds.'),
    forename: text('Forename.'),
    surname: text('Surname.'),
    dateOfBirth: { type: ['string', 'null'], format: 'date', description: 'Date of birth, where it was given.' },
  },
  required: ['id', 'forename', 'surname'],
} as const;

const referrer = {
  type: 'object',
  properties: {
    forename: text('Forename.'),
    surname: text('Surname.'),
    email: text('Email address.'),
    professional: { type: 'boolean', description: 'Whether they refer as part of their work.' },
    organisation: orNone('Organisation.'),
    jobTitle: orNone('Job title.'),
    telephone: orNone('Telephone number.'),
    address: { type: ['object', 'null'], description: 'line1, line2, town, county, postcode, uprn.' },
  },
  required: ['forename', 'surname', 'email', 'professional'],
  description: 'Who referred, as they were at that moment.',
} as const;

/** Personal members, in full events only, and only where personalData is "included". */
export const personal = {
  submission: {
    referrer,
    subjects: { type: 'array', items: person, description: 'The people whom the referral is about.' },
    answers: { type: 'object', description: 'The answers, by section and question of the form.' },
    attachments: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          id: text('Id of the file; its URL is fetched by GraphQL.'),
          fileName: text('As the referrer named it.'),
          mediaType: text('Media type.'),
          byteSize: number('Size in bytes.'),
          sha256: text('SHA-256 of the file, in hexadecimal.'),
        },
        required: ['id', 'fileName', 'mediaType', 'byteSize', 'sha256'],
      },
      description: 'The files sent with it.',
    },
  },
  request: {
    comments: text('What the worker asks for.'),
    questions: {
      type: 'array',
      items: {
        type: 'object',
        properties: { questionId: text('The question.'), note: text('What about it.') },
        required: ['questionId', 'note'],
      },
      description: 'The questions that the request points at.',
    },
  },
  retraction: { reason: text('Why it was retracted.') },
  contact: { response: text("The council's automated response.") },
  response: { outcome: text('The outcome in words.'), message: orNone('What the worker wrote to the referrer.') },
  receipt: { externalId: orNone("The referral's id in that system.") },
  none: {},
} as const satisfies Record<string, Members>;
