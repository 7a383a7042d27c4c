/** The operations that the demo asks, as a front end would write them. */
const challenge = 'challengeId expiresAt resendAfter digits';
const savedForm = 'id revision formId description name daysLeft percentComplete subjects{id forename surname} answers';
const request =
  'id reference version form name dateRequested detail comments dueOn previousForm{reference version answers}';
const referral = `reference revision status form subjects{subject{id forename surname} status response sentBy final}
  versions{version submittedAt} informationRequests{id state retractionReason} mails{kind to status}
  availableActions{action allowed reason}`;

export const documents = {
  council: '{council{id name serviceName terms{version title} informationReasons{code label} outcomes{code label}}}',
  register: `mutation($input: RegisterInput!){register(input:$input){${challenge}}}`,
  resend: `mutation($id: ID!){resendCode(challengeId:$id){${challenge}}}`,
  confirm: `mutation($id: ID!, $code: String!){confirmRegistration(challengeId:$id, code:$code){token account{id termsOutstanding{version}}}}`,
  logIn: `mutation($email: String!, $password: String!){logIn(email:$email, password:$password){${challenge}}}`,
  confirmLogIn: 'mutation($id: ID!, $code: String!){confirmLogIn(challengeId:$id, code:$code){token account{id}}}',
  logOut: 'mutation{logOut}',
  acceptTerms:
    'mutation($commandId: ID!, $version: String!){acceptTerms(commandId:$commandId, version:$version){termsOutstanding{version}}}',
  me: '{me{forename surname email professional termsOutstanding{version}}}',
  startForm: `mutation($input: StartFormInput!){startForm(input:$input){${savedForm}}}`,
  saveForm: `mutation($input: SaveFormInput!){saveForm(input:$input){${savedForm}}}`,
  savedForms: '{savedForms{totalCount edges{node{id startedAt name description daysLeft percentComplete}}}}',
  savedForm: `query($id: ID!){savedForm(id:$id){${savedForm} check{complete problems{sectionId questionId message}}}}`,
  submitForm: `mutation($commandId: ID!, $id: ID!, $expectedRevision: Int!){
    submitForm(commandId:$commandId, id:$id, expectedRevision:$expectedRevision){reference version form submittedAt subjects{id} pdfUrl}}`,
  submittedForms: `{submittedForms{requestingMoreInformation{${request}}
    recentlySubmitted{totalCount edges{node{reference version form subjectId name date response responseDate sentBy}}}}}`,
  amendForm: `mutation($commandId: ID!, $requestId: ID!){amendForm(commandId:$commandId, requestId:$requestId){${savedForm}}}`,
  inbox:
    'query($reference: String){inbox(filter:{reference:$reference}){edges{node{reference status form names referrer version}}}}',
  referral: `query($reference: String!){referral(reference:$reference){${referral}}}`,
  changes:
    'query($reference: String!){referral(reference:$reference){changes(from:1, to:2){sectionId questionId label}}}',
  returnForInformation: `mutation($input: ReturnInput!){returnForInformation(input:$input){${referral}}}`,
  retract: `mutation($input: RetractInput!){retractInformationRequest(input:$input){${referral}}}`,
  startContact: `mutation($commandId: ID!, $reference: String!, $expectedRevision: Int!){
    startContact(commandId:$commandId, reference:$reference, expectedRevision:$expectedRevision){${referral}}}`,
  respond: `mutation($input: RespondInput!){respond(input:$input){${referral}}}`,
  history: `query($reference: String!){referralHistory(reference:$reference, reason:"The demo looks at its own referral"){
    entries{revision at type actor{kind name}} verification{intact entries head firstBrokenRevision}}}`,
  asAt: `query($reference: String!, $revision: Int!){
    referralAsAt(reference:$reference, reason:"The demo looks at its own referral", revision:$revision){status currentVersion}}`,
};
