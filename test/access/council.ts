import { ANY_OUTCOME, id, mutation, query, staff, staffLists, type Row } from './row.js';

/** The council's side. */
export const councilSide: Record<string, Row> = {
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
};
