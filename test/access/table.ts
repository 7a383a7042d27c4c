import { randomUUID } from 'node:crypto';
import type { Json } from '../../src/cli/demo/api.js';
import type { ProblemCode } from '../../src/core/problem.js';
import { PASSWORD } from '../support/people.js';
import { actorNames, type ActorName } from './actors.js';
import type { Kind, Target } from './targets.js';

/** What comes of asking: an answer without a problem, or the problem's code. */
export type Outcome = 'ok' | ProblemCode;

export interface Row {
  /** What of the owner's it is asked about. */
  about: Kind;
  document: string;
  variables?: (target: Target) => Json;
  outcomes: Record<ActorName, Outcome>;
}

type Changes = Partial<Record<ActorName, Outcome>>;

/** Nobody but those named; everybody else as their kind is always refused. */
function only(allowed: Changes): Record<ActorName, Outcome> {
  const refused = (name: ActorName): Outcome =>
    name.startsWith('anonymous') || name.endsWith('elsewhere') ? 'UNAUTHENTICATED' : 'FORBIDDEN';
  return Object.fromEntries(actorNames.map((name) => [name, allowed[name] ?? refused(name)])) as never;
}

/** Everybody, whoever they are; what is one council's may not be there at another. */
function everybody(outcome: Outcome = 'ok', atAnother: Outcome = outcome): Record<ActorName, Outcome> {
  const there = (name: ActorName) => name.endsWith('elsewhere') || name.endsWith('another') || name === 'outsider';
  return Object.fromEntries(actorNames.map((name) => [name, there(name) ? atAnother : outcome])) as never;
}

/** Each referrer, about their own account. */
const referrers = (changes: Changes = {}) => only({ owner: 'ok', neighbour: 'ok', outsider: 'ok', ...changes });
/** The owner of the thing; to other referrers it is not there. */
const owner = (changes: Changes = {}) =>
  only({ owner: 'ok', neighbour: 'NOT_FOUND', outsider: 'NOT_FOUND', ...changes });
type Staff = 'worker' | 'auditor' | 'records_officer' | 'service';
/** Staff of these roles, of the council whose referral it is; to another council's it is not there. */
const staff = (...roles: Staff[]) =>
  only(
    Object.fromEntries(
      roles.flatMap((role) => [
        [role, 'ok'],
        [`${role} of another`, 'NOT_FOUND'],
      ]),
    ),
  );
/** Staff of these roles, each of their own council's. */
const staffLists = (...roles: Staff[]) =>
  only(
    Object.fromEntries(
      roles.flatMap((role) => [
        [role, 'ok'],
        [`${role} of another`, 'ok'],
      ]),
    ),
  );

/** Stands for the first outcome of whichever council is asked. */
export const ANY_OUTCOME = '(any outcome)';

const id = () => randomUUID();
const guess = { challengeId: 'made-up', code: '1234 5678' };
const person = { forename: 'Nobody', surname: 'Inparticular', password: PASSWORD, professional: true };

const query = (args: string, call: string) => `query${args && `(${args})`}{${call}}`;
const mutation = (args: string, call: string) => `mutation${args && `(${args})`}{${call}}`;

/** Every operation and every field with a resolver of its own, and what comes of it for whom. A test fails for one without a row. */
export const table: Record<string, Row> = {
  // ── what anybody may ask ──
  'Query.council': { about: 'nothing', document: '{council{name}}', outcomes: everybody() },
  'Query.form': {
    about: 'nothing',
    document: '{form(id:"request-for-support"){title}}',
    outcomes: everybody('ok', 'NOT_FOUND'),
  },
  'Query.checkAnswers': {
    about: 'nothing',
    document: '{checkAnswers(formId:"request-for-support",answers:{}){complete}}',
    outcomes: everybody('ok', 'NOT_FOUND'),
  },
  'Query.findAddress': {
    about: 'nothing',
    document: '{findAddress(postcode:"PR1 8XJ"){line1}}',
    outcomes: everybody(),
  },
  'Query.captchaChallenge': { about: 'nothing', document: '{captchaChallenge{challenge}}', outcomes: everybody() },
  'Mutation.register': {
    about: 'nothing',
    document: mutation('$input: RegisterInput!', 'register(input:$input){digits}'),
    variables: () => ({ input: { ...person, commandId: id(), email: `${id()}@example.org` } }),
    outcomes: everybody(),
  },
  'Mutation.resendCode': {
    about: 'nothing',
    document: mutation('$challengeId: ID!', 'resendCode(challengeId:$challengeId){digits}'),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
  'Mutation.confirmRegistration': {
    about: 'nothing',
    document: mutation(
      '$challengeId: ID!, $code: String!',
      'confirmRegistration(challengeId:$challengeId,code:$code){token}',
    ),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
  'Mutation.logIn': {
    about: 'nothing',
    document: mutation('', `logIn(email:"nobody@example.org",password:"${PASSWORD}"){digits}`),
    outcomes: everybody('CREDENTIALS_WRONG'),
  },
  'Mutation.confirmLogIn': {
    about: 'nothing',
    document: mutation('$challengeId: ID!, $code: String!', 'confirmLogIn(challengeId:$challengeId,code:$code){token}'),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
  'Mutation.requestPasswordReset': {
    about: 'nothing',
    document: mutation('', 'requestPasswordReset(email:"nobody@example.org"){digits}'),
    outcomes: everybody(),
  },
  'Mutation.resetPassword': {
    about: 'nothing',
    document: mutation(
      '$challengeId: ID!, $code: String!',
      `resetPassword(challengeId:$challengeId,code:$code,newPassword:"${PASSWORD}")`,
    ),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },

  // ── each referrer, about themselves ──
  'Query.me': { about: 'draft', document: '{me{id email surname}}', outcomes: referrers() },
  'Query.savedForms': {
    about: 'draft',
    document: '{savedForms(first:100){edges{node{id name}}}}',
    outcomes: referrers(),
  },
  'Query.submittedForms': {
    about: 'returned',
    document:
      '{submittedForms(first:100){requestingMoreInformation{id reference} recentlySubmitted{edges{node{reference name}}}}}',
    outcomes: referrers(),
  },
  'Mutation.changePassword': {
    about: 'nothing',
    document: mutation(
      '$id: ID!',
      'changePassword(commandId:$id,currentPassword:"wrong",newPassword:"Another-Horse-8-Battery")',
    ),
    variables: () => ({ id: id() }),
    outcomes: referrers({ owner: 'CREDENTIALS_WRONG', neighbour: 'CREDENTIALS_WRONG', outsider: 'CREDENTIALS_WRONG' }),
  },
  'Mutation.acceptTerms': {
    about: 'nothing',
    document: mutation('$id: ID!', 'acceptTerms(commandId:$id,version:"2025-05"){id}'),
    variables: () => ({ id: id() }),
    outcomes: referrers({ outsider: 'BAD_INPUT' }),
  },
  'Query.mySessions': { about: 'nothing', document: '{mySessions{id device}}', outcomes: referrers() },
  'Mutation.endSession': {
    about: 'session',
    document: mutation('$id: ID!', 'endSession(id:$id)'),
    variables: ({ sessionId }) => ({ id: sessionId }),
    outcomes: owner(),
  },
  'Mutation.endOtherSessions': { about: 'nothing', document: 'mutation{endOtherSessions}', outcomes: referrers() },
  'Mutation.updateDetails': {
    about: 'nothing',
    document: mutation('$id: ID!', 'updateDetails(commandId:$id,details:{jobTitle:"Teacher"}){id}'),
    variables: () => ({ id: id() }),
    outcomes: referrers(),
  },
  'Mutation.startForm': {
    about: 'nothing',
    document: mutation('$id: ID!', 'startForm(input:{commandId:$id,formId:"request-for-support"}){id}'),
    variables: () => ({ id: id() }),
    outcomes: referrers({ outsider: 'NOT_FOUND' }),
  },

  // ── the owner's saved forms ──
  'Query.savedForm': {
    about: 'draft',
    document: query('$id: ID!', 'savedForm(id:$id){name answers}'),
    variables: ({ draftId }) => ({ id: draftId }),
    outcomes: owner(),
  },
  'SavedForm.attachments': {
    about: 'attached',
    document: query('$id: ID!', 'savedForm(id:$id){attachments{fileName downloadUrl}}'),
    variables: ({ draftId }) => ({ id: draftId }),
    outcomes: owner(),
  },
  'SavedForm.answersRequest': {
    about: 'draft',
    document: query('$id: ID!', 'savedForm(id:$id){answersRequest{comments}}'),
    variables: ({ draftId }) => ({ id: draftId }),
    outcomes: owner(),
  },
  'SavedForm.unmappedAnswers': {
    about: 'draft',
    document: query('$id: ID!', 'savedForm(id:$id){unmappedAnswers{label}}'),
    variables: ({ draftId }) => ({ id: draftId }),
    outcomes: owner(),
  },
  'Mutation.saveForm': {
    about: 'draft',
    document: mutation('$input: SaveFormInput!', 'saveForm(input:$input){name}'),
    variables: ({ draftId, draftRevision }) => ({
      input: { commandId: id(), id: draftId, expectedRevision: draftRevision, answersPatch: {} },
    }),
    outcomes: owner(),
  },
  'Mutation.discardForm': {
    about: 'draft',
    document: mutation('$command: ID!, $id: ID!', 'discardForm(commandId:$command,id:$id)'),
    variables: ({ draftId }) => ({ command: id(), id: draftId }),
    outcomes: owner(),
  },
  'Mutation.requestUpload': {
    about: 'draft',
    document: mutation('$input: RequestUploadInput!', 'requestUpload(input:$input){uploadUrl}'),
    variables: ({ draftId }) => ({
      input: { commandId: id(), savedFormId: draftId, fileName: 'a.pdf', mediaType: 'application/pdf', byteSize: 9 },
    }),
    outcomes: owner(),
  },
  'Mutation.removeAttachment': {
    about: 'attached',
    document: mutation(
      '$command: ID!, $form: ID!, $file: ID!',
      'removeAttachment(commandId:$command,savedFormId:$form,attachmentId:$file){id}',
    ),
    variables: ({ draftId, attachmentId }) => ({ command: id(), form: draftId, file: attachmentId }),
    outcomes: owner(),
  },
  'Mutation.submitForm': {
    about: 'draft',
    document: mutation(
      '$command: ID!, $id: ID!, $revision: Int!',
      'submitForm(commandId:$command,id:$id,expectedRevision:$revision){reference}',
    ),
    variables: ({ draftId, draftRevision }) => ({ command: id(), id: draftId, revision: draftRevision }),
    outcomes: owner(),
  },

  // ── what the owner submitted ──
  'Query.submittedForm': {
    about: 'submitted',
    document: query('$reference: String!', 'submittedForm(reference:$reference){reference answers}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: owner(),
  },
  'SubmittedForm.attachments': {
    about: 'submitted',
    document: query('$reference: String!', 'submittedForm(reference:$reference){attachments{fileName}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: owner(),
  },
  'SubmittedForm.pdfUrl': {
    about: 'submitted',
    document: query('$reference: String!', 'submittedForm(reference:$reference){pdfUrl}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: owner(),
  },
  'InformationRequest.previousForm': {
    about: 'returned',
    document: '{submittedForms{requestingMoreInformation{previousForm{reference answers}}}}',
    outcomes: referrers(),
  },
  'Mutation.amendForm': {
    about: 'returned',
    document: mutation('$command: ID!, $request: ID!', 'amendForm(commandId:$command,requestId:$request){id}'),
    variables: ({ requestId }) => ({ command: id(), request: requestId }),
    outcomes: owner(),
  },

  // ── the council's side ──
  'Query.inbox': {
    about: 'submitted',
    document: '{inbox(first:100){edges{node{reference names referrer}}}}',
    outcomes: staffLists('worker', 'service'),
  },
  'Query.followers': {
    about: 'nothing',
    document: '{followers{name events}}',
    outcomes: staffLists('worker', 'auditor', 'records_officer', 'service'),
  },
  'Query.referral': {
    about: 'submitted',
    document: query('$reference: String!', 'referral(reference:$reference){referrer{email} versions{answers}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('worker', 'service', 'auditor'),
  },
  'Referral.mails': {
    about: 'submitted',
    document: query('$reference: String!', 'referral(reference:$reference){mails{to}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('worker', 'service', 'auditor'),
  },
  'Referral.changes': {
    about: 'submitted',
    document: query('$reference: String!', 'referral(reference:$reference){changes(from:1,to:1){label}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('worker', 'service', 'auditor'),
  },
  'Referral.subjectChanges': {
    about: 'submitted',
    document: query('$reference: String!', 'referral(reference:$reference){subjectChanges(from:1,to:1){subjectId}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('worker', 'service', 'auditor'),
  },
  'Referral.attachmentChanges': {
    about: 'submitted',
    document: query(
      '$reference: String!',
      'referral(reference:$reference){attachmentChanges(from:1,to:1){attachmentId}}',
    ),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('worker', 'service', 'auditor'),
  },
  'Query.referralHistory': {
    about: 'submitted',
    document: query('$reference: String!', 'referralHistory(reference:$reference,reason:"A test"){entries{data}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('auditor'),
  },
  'Query.referralAsAt': {
    about: 'submitted',
    document: query(
      '$reference: String!',
      'referralAsAt(reference:$reference,reason:"A test",at:"2999-01-01T00:00:00Z"){answers}',
    ),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('auditor'),
  },
  'Query.referralReads': {
    about: 'submitted',
    document: query('$reference: String!', 'referralReads(reference:$reference,reason:"A test"){entries{data}}'),
    variables: ({ reference }) => ({ reference }),
    outcomes: staff('auditor'),
  },
  'Query.accountHistory': {
    about: 'account',
    document: query('$email: String!', 'accountHistory(email:$email,reason:"A test"){entries{data}}'),
    variables: ({ email }) => ({ email }),
    outcomes: staff('auditor'),
  },
  'Query.accountReads': {
    about: 'account',
    document: query('$email: String!', 'accountReads(email:$email,reason:"A test"){entries{data}}'),
    variables: ({ email }) => ({ email }),
    outcomes: staff('auditor'),
  },
  'Mutation.eraseAccount': {
    about: 'account',
    document: mutation(
      '$command: ID!, $email: String!',
      'eraseAccount(commandId:$command,email:$email,reason:"A test")',
    ),
    variables: ({ email }) => ({ command: id(), email }),
    outcomes: staff('records_officer'),
  },
  'Mutation.startContact': {
    about: 'submitted',
    document: mutation(
      '$command: ID!, $reference: String!, $revision: Int!',
      'startContact(commandId:$command,reference:$reference,expectedRevision:$revision){status}',
    ),
    variables: ({ reference, revision }) => ({ command: id(), reference, revision }),
    outcomes: staff('worker', 'service'),
  },
  'Mutation.returnForInformation': {
    about: 'submitted',
    document: mutation('$input: ReturnInput!', 'returnForInformation(input:$input){status}'),
    variables: ({ reference, revision: expectedRevision }) => ({
      input: { commandId: id(), reference, expectedRevision, reasonCode: 'insufficient-detail', comments: 'More.' },
    }),
    outcomes: staff('worker', 'service'),
  },
  'Mutation.retractInformationRequest': {
    about: 'returned',
    document: mutation('$input: RetractInput!', 'retractInformationRequest(input:$input){status}'),
    variables: ({ reference, requestId }) => ({
      input: { commandId: id(), reference, requestId, reason: 'Found it.' },
    }),
    outcomes: staff('worker', 'service'),
  },
  'Mutation.respond': {
    about: 'submitted',
    document: mutation('$input: RespondInput!', 'respond(input:$input){status}'),
    variables: ({ reference, revision: expectedRevision }) => ({
      input: { commandId: id(), reference, expectedRevision, outcomeCode: ANY_OUTCOME, final: true },
    }),
    outcomes: staff('worker', 'service'),
  },
  'Mutation.acknowledgeReceipt': {
    about: 'submitted',
    document: mutation(
      '$command: ID!, $reference: String!',
      'acknowledgeReceipt(commandId:$command,reference:$reference,version:1,system:"ledger"){status}',
    ),
    variables: ({ reference }) => ({ command: id(), reference }),
    outcomes: staff('service'),
  },
  'Mutation.resendMail': {
    about: 'submitted',
    document: mutation('$command: ID!, $id: ID!', 'resendMail(commandId:$command,deliveryId:$id){status}'),
    variables: ({ deliveryId }) => ({ command: id(), id: deliveryId }),
    outcomes: staff('worker', 'service'),
  },
  'Mutation.eraseReferral': {
    about: 'submitted',
    document: mutation(
      '$command: ID!, $reference: String!',
      'eraseReferral(commandId:$command,reference:$reference,reason:"A test")',
    ),
    variables: ({ reference }) => ({ command: id(), reference }),
    outcomes: staff('records_officer'),
  },
  'Mutation.setLegalHold': {
    about: 'submitted',
    document: mutation(
      '$command: ID!, $reference: String!',
      'setLegalHold(commandId:$command,reference:$reference,held:true,reason:"A test")',
    ),
    variables: ({ reference }) => ({ command: id(), reference }),
    outcomes: staff('records_officer'),
  },

  // ── live lists: an "ok" hears of the owner's referral, a stranger's "ok" hears nothing ──
  'Subscription.submittedFormsChanged': {
    about: 'submitted',
    document: 'subscription{submittedFormsChanged{recentlySubmitted{edges{node{reference name}}}}}',
    outcomes: referrers(),
  },
  'Subscription.inboxChanged': {
    about: 'submitted',
    document: 'subscription{inboxChanged{reference names referrer}}',
    outcomes: staffLists('worker', 'service'),
  },

  // ── last: it ends the sessions that the rows above need ──
  'Mutation.logOut': { about: 'nothing', document: 'mutation{logOut}', outcomes: referrers() },
};
