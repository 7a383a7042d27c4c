interface ReadyMade {
  id: string;
  title: string;
  query: string;
  variables: object;
}

/** Operations to begin with; the schema describes every other. */
export const readyMade: ReadyMade[] = [
  {
    id: 'council',
    title: 'The council and its forms',
    query: `query Council {
  council {
    name
    serviceName
    formGroups { title forms { id version title } }
    informationReasons { code label }
    outcomes { code label }
  }
}`,
    variables: {},
  },
  {
    id: 'form',
    title: 'A form with its questions',
    query: `query Form($id: ID!) {
  form(id: $id) {
    title
    version
    sections { id title questions { id label kind mandatory perSubject visibleWhen } }
  }
}`,
    variables: { id: 'request-for-support' },
  },
  {
    id: 'inbox',
    title: 'The inbox (worker)',
    query: `query Inbox($filter: InboxFilter) {
  inbox(filter: $filter) {
    totalCount
    edges { node { reference status form names referrer submittedAt version } }
  }
}`,
    variables: { filter: { status: ['SUBMITTED', 'RESPONDED'] } },
  },
  {
    id: 'referral',
    title: 'A referral (worker, auditor)',
    query: `query Referral($reference: String!) {
  referral(reference: $reference) {
    reference
    revision
    status
    subjects { subject { forename surname } status response }
    informationRequests { id state comments }
    availableActions { action allowed reason }
  }
}`,
    variables: { reference: '' },
  },
  {
    id: 'history',
    title: 'A history, verified (auditor)',
    query: `query History($reference: String!, $reason: String!) {
  referralHistory(reference: $reference, reason: $reason) {
    entries { revision at type actor { kind name } hash }
    verification { intact entries head firstBrokenRevision }
  }
}`,
    variables: { reference: '', reason: '' },
  },
  {
    id: 'followers',
    title: 'How far the lists are behind',
    query: `query Followers {
  followers { name events seconds countedAll }
}`,
    variables: {},
  },
];
