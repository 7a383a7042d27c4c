import { id, mutation, owner, query, referrers, type Row } from './row.js';

/** What referrers ask: about themselves, about their saved forms and about what they submitted. */
export const referrersSide: Record<string, Row> = {
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
};
