/** Every operation that the portal asks. */
const challenge = 'challengeId expiresAt resendAfter digits';
const address = 'address{line1 line2 town county postcode uprn}';
const account = `id forename surname email professional organisation jobTitle telephone ${address} termsOutstanding{version title body}`;
const attachment = 'id fileName byteSize status problem downloadUrl';
const subject = 'id forename surname dateOfBirth';
const submitted = `reference version formId formVersion form submittedAt submittedBy subjects{${subject}} answers
  attachments{${attachment}} pdfUrl`;
const request = `id reference version form name dateRequested detail comments questions{questionId note} dueOn
  redirectToForm{id title} previousForm{${submitted}}`;
const savedForm = `id revision formId formVersion description name startedAt savedAt daysLeft percentComplete
  subjects{${subject}} answers attachments{${attachment}} submittableUntil
  check{complete percentComplete problems{sectionId questionId subjectId row code message} visibleSections}
  answersRequest{${request}} unmappedAnswers{sectionId questionId label value}`;
const column = 'id label hint kind mandatory perSubject maxLength min max choices{code label} visibleWhen';
const question = `${column} columns{${column}}`;

export const operations = {
  council: `{council{id name serviceName urgentNotice inactivityMinutes savedFormDays submittedFormDays
    passwordPolicy{minLength requiresLetter requiresUpperCase requiresDigit requiresSpecial specialCharacters differsFromPrevious}
    attachmentPolicy{professionalsOnly extensions maxBytes maxCount} captcha{registration forms}
    professional{question professionalDetails otherDetails}
    formGroups{id title guidance forms{id version title description notice}}}}`,
  form: `query($id: ID!, $version: Int){form(id:$id, version:$version){id version title description notice professionalsOnly
    inactivityMinutes freshLogIn subjects{min max label section}
    sections{id number title guidance visibleWhen questions{${question}}}}}`,
  captcha: '{captchaChallenge{challenge}}',
  findAddress: `query($postcode: String!, $house: String){findAddress(postcode:$postcode, houseNameOrNumber:$house)
    {line1 line2 town county postcode uprn}}`,
  register: `mutation($input: RegisterInput!){register(input:$input){${challenge}}}`,
  resendCode: `mutation($id: ID!){resendCode(challengeId:$id){${challenge}}}`,
  confirmRegistration: `mutation($id: ID!, $code: String!){confirmRegistration(challengeId:$id, code:$code){token account{${account}}}}`,
  logIn: `mutation($email: String!, $password: String!){logIn(email:$email, password:$password){${challenge}}}`,
  confirmLogIn: `mutation($id: ID!, $code: String!){confirmLogIn(challengeId:$id, code:$code){token account{${account}}}}`,
  logOut: 'mutation{logOut}',
  requestPasswordReset: `mutation($email: String!){requestPasswordReset(email:$email){${challenge}}}`,
  resetPassword:
    'mutation($id: ID!, $code: String!, $password: String!){resetPassword(challengeId:$id, code:$code, newPassword:$password)}',
  changePassword:
    'mutation($commandId: ID!, $current: String!, $password: String!){changePassword(commandId:$commandId, currentPassword:$current, newPassword:$password)}',
  acceptTerms: `mutation($commandId: ID!, $version: String!){acceptTerms(commandId:$commandId, version:$version){${account}}}`,
  updateDetails: `mutation($commandId: ID!, $details: DetailsInput!){updateDetails(commandId:$commandId, details:$details){${account}}}`,
  me: `{me{${account}}}`,
  savedForms: `query($after: String, $group: ID){savedForms(first:20, after:$after, formGroupId:$group){totalCount pageInfo{hasNextPage endCursor}
    edges{cursor node{id formId description name startedAt savedAt daysLeft percentComplete}}}}`,
  savedForm: `query($id: ID!){savedForm(id:$id){${savedForm}}}`,
  startForm: 'mutation($input: StartFormInput!){startForm(input:$input){id}}',
  saveForm: `mutation($input: SaveFormInput!){saveForm(input:$input){${savedForm}}}`,
  discardForm: 'mutation($commandId: ID!, $id: ID!){discardForm(commandId:$commandId, id:$id)}',
  requestUpload: `mutation($input: RequestUploadInput!){requestUpload(input:$input){attachment{id} uploadUrl}}`,
  removeAttachment:
    'mutation($commandId: ID!, $id: ID!, $file: ID!){removeAttachment(commandId:$commandId, savedFormId:$id, attachmentId:$file){id}}',
  submitForm: `mutation($commandId: ID!, $id: ID!, $expectedRevision: Int!){
    submitForm(commandId:$commandId, id:$id, expectedRevision:$expectedRevision){reference version}}`,
  submittedForms: `query($after: String){submittedForms(first:20, after:$after){requestingMoreInformation{${request}}
    recentlySubmitted{totalCount pageInfo{hasNextPage endCursor}
      edges{cursor node{reference version formId form subjectId name date response responseDate sentBy}}}}}`,
  submittedForm: `query($reference: String!, $version: Int){submittedForm(reference:$reference, version:$version){${submitted}}}`,
  amendForm: `mutation($commandId: ID!, $requestId: ID!){amendForm(commandId:$commandId, requestId:$requestId){id}}`,
};
