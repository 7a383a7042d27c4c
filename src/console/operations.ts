/** Every operation that the console asks of the API: where only named documents are served, these are among them. */
const referral = `reference revision status form formId
  referrer{forename surname email professional organisation telephone}
  subjects{subject{id forename surname dateOfBirth} status response responseDate sentBy final}
  versions{version formVersion submittedAt submittedBy subjects{id forename surname} answers pdfUrl
    attachments{fileName byteSize downloadUrl}}
  informationRequests{id version state requestedBy requestedAt reasonCode comments questions{questionId note} dueOn endedAt retractionReason}
  receipts{system version externalId receivedAt}
  mails{id kind to status attempts queuedAt sentAt problem}
  availableActions{action allowed reason}`;

export const operations = {
  council:
    '{council{id name serviceName informationReasons{code label} outcomes{code label} formGroups{forms{id title}}}}',
  inbox: `query($filter: InboxFilter, $after: String){inbox(filter:$filter, first:20, after:$after){totalCount
    pageInfo{hasNextPage endCursor} edges{node{reference status form names referrer submittedAt version}}}}`,
  referral: `query($reference: String!){referral(reference:$reference){${referral}}}`,
  changes: `query($reference: String!, $from: Int!, $to: Int!){referral(reference:$reference){
    changes(from:$from, to:$to){label before after}}}`,
  form: `query($id: ID!, $version: Int){form(id:$id, version:$version){
    sections{id number title questions{id label kind choices{code label}}}}}`,
  startContact: `mutation($commandId: ID!, $reference: String!, $expectedRevision: Int!){
    startContact(commandId:$commandId, reference:$reference, expectedRevision:$expectedRevision){reference}}`,
  return: 'mutation($input: ReturnInput!){returnForInformation(input:$input){reference}}',
  retract: 'mutation($input: RetractInput!){retractInformationRequest(input:$input){reference}}',
  respond: 'mutation($input: RespondInput!){respond(input:$input){reference}}',
  resendMail: 'mutation($commandId: ID!, $id: ID!){resendMail(commandId:$commandId, deliveryId:$id){id}}',
  history: `query($reference: String!, $reason: String!){referralHistory(reference:$reference, reason:$reason){reference
    entries{revision at type actor{kind id name} data commandId hash previousHash}
    verification{intact entries head firstBrokenRevision}}}`,
  asAt: `query($reference: String!, $reason: String!, $revision: Int!){
    referralAsAt(reference:$reference, reason:$reason, revision:$revision){revision at status currentVersion
      subjects{subject{forename surname} status response} openRequest{reasonCode comments dueOn} answers}}`,
  followers: '{followers{name events seconds countedAll}}',
};
