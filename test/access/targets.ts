import { randomUUID } from 'node:crypto';
import type { Api, Json } from '../../src/cli/demo/api.js';
import { filledForm, loggedIn, returned, submitForm, until, type Registered } from '../support/people.js';

/** Something of the owner's that an operation is about. */
export type Kind = 'nothing' | 'draft' | 'attached' | 'submitted' | 'returned' | 'session';

/** What an operation's variables are made of; empty text where there is no such thing. */
export interface Target {
  draftId: string;
  draftRevision: number;
  attachmentId: string;
  reference: string;
  revision: number;
  requestId: string;
  deliveryId: string;
  subjectId: string;
  sessionId: string;
}

const FORM = 'request-for-support';
const nothing = {
  draftId: '',
  draftRevision: 0,
  attachmentId: '',
  reference: '',
  revision: 0,
  requestId: '',
  deliveryId: '',
  subjectId: '',
  sessionId: '',
};

const upload = 'mutation($input: RequestUploadInput!){requestUpload(input:$input){attachment{id}}}';
const looked =
  'query($reference: String!){referral(reference:$reference){revision mails{id} informationRequests{id} subjects{subject{id}}}}';

/** Makes one anew, so that an operation that is allowed finds it untouched. */
export async function makeTarget(kind: Kind, person: Registered, worker: Api): Promise<Target> {
  const owner = person.api;
  if (kind === 'nothing') return nothing;
  if (kind === 'session') {
    // On another machine; it is the one that was used last.
    await loggedIn(owner.as(undefined), person);
    const sessions = await owner.ask<{ id: string; current: boolean }[]>('{mySessions{id current}}');
    return { ...nothing, sessionId: sessions.find(({ current }) => !current)!.id };
  }
  const form = await filledForm(owner, FORM, ['Canarychild']);
  const draft = { ...nothing, draftId: form.id, draftRevision: form.revision };
  if (kind === 'draft') return draft;
  if (kind === 'attached') {
    const file = { fileName: 'canaryfile.pdf', mediaType: 'application/pdf', byteSize: 1_000 };
    const input = { commandId: randomUUID(), savedFormId: form.id, ...file };
    const { attachment } = await owner.ask<{ attachment: { id: string } }>(upload, { input });
    return { ...draft, attachmentId: attachment.id };
  }
  const { reference } = await submitForm(owner, form);
  if (kind === 'returned') await returned(worker, reference);
  const read = () => worker.ask<Json & Seen>(looked, { reference });
  await until(async () => (await read()).mails.length > 0);
  const { revision, mails, informationRequests, subjects } = await read();
  return {
    ...draft,
    reference,
    revision,
    deliveryId: mails[0]!.id,
    requestId: informationRequests[0]?.id ?? '',
    subjectId: subjects[0]!.subject.id,
  };
}

interface Seen {
  revision: number;
  mails: { id: string }[];
  informationRequests: { id: string }[];
  subjects: { subject: { id: string } }[];
}
