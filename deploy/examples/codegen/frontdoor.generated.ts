/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** What an answer looks like in JSON. */
export type QuestionKind =
  /** A string on one line. */
  | 'TEXT'
  /** A string; line breaks kept. */
  | 'LONG_TEXT'
  /** A string, YYYY-MM-DD. */
  | 'DATE'
  | 'NUMBER'
  /** true or false. */
  | 'YES_NO'
  /** The code of one choice. */
  | 'CHOICE'
  /** An array of codes. */
  | 'CHOICES'
  /** {forename, surname, dateOfBirth?, relationship?} */
  | 'PERSON'
  /** The members of AddressInput. */
  | 'ADDRESS'
  | 'EMAIL'
  | 'TELEPHONE'
  /** An array of rows, each {columnId: answer}. */
  | 'TABLE'
  /** Text to read; no answer. */
  | 'INFORMATION';

export type AddressInput = {
  readonly line1: string;
  readonly line2?: string | null | undefined;
  readonly town?: string | null | undefined;
  readonly county?: string | null | undefined;
  readonly postcode: string;
  readonly uprn?: string | null | undefined;
};

export type RegisterInput = {
  readonly commandId: string | number;
  readonly forename: string;
  readonly surname: string;
  readonly email: string;
  readonly password: string;
  readonly professional: boolean;
  readonly organisation?: string | null | undefined;
  readonly jobTitle?: string | null | undefined;
  readonly telephone?: string | null | undefined;
  readonly address?: AddressInput | null | undefined;
  readonly captcha?: string | null | undefined;
};

export type SubjectInput = {
  readonly id: string | number;
  readonly forename: string;
  readonly surname: string;
  readonly dateOfBirth?: string | null | undefined;
};

export type StartFormInput = {
  readonly commandId: string | number;
  readonly formId: string | number;
  readonly captcha?: string | null | undefined;
  /** A saved form of the caller's own and of the same kind: the new one, of the newest version, begins with its people and every answer that maps. Files are attached anew. */
  readonly fromSavedFormId?: string | number | null | undefined;
};

export type SaveFormInput = {
  readonly commandId: string | number;
  readonly id: string | number;
  /** The revision on which the change was made; a later one in store gives the problem REVISION_CONFLICT. */
  readonly expectedRevision: number;
  /** JSON Merge Patch (RFC 7396) of the answers: {sectionId: {questionId: answer}}; per-subject answers are {sectionId: {questionId: {subjectId: answer}}}. */
  readonly answersPatch?: Record<string, unknown> | null | undefined;
  /** All subjects, replacing those in store. */
  readonly subjects?: ReadonlyArray<SubjectInput> | null | undefined;
};

export type ReferralStatus =
  | 'SUBMITTED'
  | 'IN_CONTACT'
  | 'INFORMATION_REQUESTED'
  | 'RESPONDED'
  | 'CLOSED'
  | 'ERASED';

export type QuestionNoteInput = {
  readonly questionId: string | number;
  readonly note: string;
};

export type RequestState =
  | 'OPEN'
  | 'ANSWERED'
  | 'RETRACTED';

export type InboxFilter = {
  readonly status?: ReadonlyArray<ReferralStatus> | null | undefined;
  readonly formId?: string | number | null | undefined;
  readonly submittedFrom?: string | null | undefined;
  readonly submittedTo?: string | null | undefined;
  readonly reference?: string | null | undefined;
};

export type ReturnInput = {
  readonly commandId: string | number;
  readonly reference: string;
  readonly expectedRevision: number;
  readonly reasonCode: string | number;
  readonly comments: string;
  readonly questions?: ReadonlyArray<QuestionNoteInput> | null | undefined;
  readonly dueOn?: string | null | undefined;
  /** Where the wrong form was used: amendForm then opens this one, with every answer that maps to it. */
  readonly redirectToFormId?: string | number | null | undefined;
};

export type RetractInput = {
  readonly commandId: string | number;
  readonly requestId: string | number;
  readonly reference: string;
  readonly reason: string;
};

export type RespondInput = {
  readonly commandId: string | number;
  readonly reference: string;
  readonly expectedRevision: number;
  /** Absent: every subject of the referral. */
  readonly subjectId?: string | number | null | undefined;
  readonly outcomeCode: string | number;
  readonly message?: string | null | undefined;
  /** True ends the contact for the subject. */
  readonly final: boolean;
};

export type AcceptTermsMutationVariables = Exact<{
  commandId: string | number;
  version: string;
}>;


export type AcceptTermsMutation = { readonly acceptTerms: { readonly termsOutstanding: { readonly version: string } | null } };

export type AcknowledgeReceiptMutationVariables = Exact<{
  commandId: string | number;
  reference: string;
  version: number;
  system: string;
  externalId?: string | null | undefined;
}>;


export type AcknowledgeReceiptMutation = { readonly acknowledgeReceipt: { readonly receipts: ReadonlyArray<{ readonly system: string, readonly version: number, readonly receivedAt: string }> } };

export type AmendFormMutationVariables = Exact<{
  commandId: string | number;
  requestId: string | number;
}>;


export type AmendFormMutation = { readonly amendForm: { readonly id: string, readonly revision: number, readonly answersRequest: { readonly comments: string } | null } };

export type ConfirmLogInMutationVariables = Exact<{
  challengeId: string | number;
  code: string;
}>;


export type ConfirmLogInMutation = { readonly confirmLogIn: { readonly token: string, readonly expiresAfterInactivityMinutes: number } };

export type ConfirmRegistrationMutationVariables = Exact<{
  challengeId: string | number;
  code: string;
}>;


export type ConfirmRegistrationMutation = { readonly confirmRegistration: { readonly token: string, readonly account: { readonly id: string, readonly termsOutstanding: { readonly version: string, readonly title: string } | null } } };

export type CouncilQueryVariables = Exact<{ [key: string]: never; }>;


export type CouncilQuery = { readonly council: { readonly id: string, readonly name: string, readonly serviceName: string, readonly formGroups: ReadonlyArray<{ readonly title: string, readonly forms: ReadonlyArray<{ readonly id: string, readonly version: number, readonly title: string }> }>, readonly terms: { readonly version: string, readonly title: string } | null } };

export type FormQueryVariables = Exact<{
  id: string | number;
}>;


export type FormQuery = { readonly form: { readonly id: string, readonly version: number, readonly title: string, readonly sections: ReadonlyArray<{ readonly id: string, readonly title: string, readonly questions: ReadonlyArray<{ readonly id: string, readonly label: string, readonly kind: QuestionKind, readonly mandatory: boolean, readonly perSubject: boolean }> }> } };

export type InboxQueryVariables = Exact<{
  filter?: InboxFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type InboxQuery = { readonly inbox: { readonly totalCount: number, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly node: { readonly reference: string, readonly status: ReferralStatus, readonly form: string, readonly names: string, readonly referrer: string, readonly submittedAt: string, readonly version: number } }> } };

export type LogInMutationVariables = Exact<{
  email: string;
  password: string;
}>;


export type LogInMutation = { readonly logIn: { readonly challengeId: string, readonly expiresAt: string, readonly digits: number } };

export type LogOutMutationVariables = Exact<{ [key: string]: never; }>;


export type LogOutMutation = { readonly logOut: boolean };

export type MeQueryVariables = Exact<{ [key: string]: never; }>;


export type MeQuery = { readonly me: { readonly id: string, readonly forename: string, readonly surname: string, readonly email: string, readonly professional: boolean } };

export type ReferralHistoryQueryVariables = Exact<{
  reference: string;
  reason: string;
}>;


export type ReferralHistoryQuery = { readonly referralHistory: { readonly entries: ReadonlyArray<{ readonly revision: number, readonly at: string, readonly type: string, readonly hash: string, readonly actor: { readonly kind: string, readonly name: string } }>, readonly verification: { readonly intact: boolean, readonly entries: number, readonly firstBrokenRevision: number | null } } };

export type ReferralQueryVariables = Exact<{
  reference: string;
}>;


export type ReferralQuery = { readonly referral: { readonly reference: string, readonly revision: number, readonly status: ReferralStatus, readonly referrer: { readonly forename: string, readonly surname: string }, readonly subjects: ReadonlyArray<{ readonly status: ReferralStatus, readonly response: string | null, readonly subject: { readonly id: string, readonly forename: string, readonly surname: string } }>, readonly versions: ReadonlyArray<{ readonly version: number, readonly submittedAt: string, readonly answers: Record<string, unknown> }>, readonly availableActions: ReadonlyArray<{ readonly action: string, readonly allowed: boolean, readonly reason: string | null }> } };

export type RegisterMutationVariables = Exact<{
  input: RegisterInput;
}>;


export type RegisterMutation = { readonly register: { readonly challengeId: string, readonly expiresAt: string, readonly resendAfter: string, readonly digits: number } };

export type RespondMutationVariables = Exact<{
  input: RespondInput;
}>;


export type RespondMutation = { readonly respond: { readonly revision: number, readonly status: ReferralStatus, readonly subjects: ReadonlyArray<{ readonly status: ReferralStatus, readonly response: string | null, readonly final: boolean }> } };

export type RetractInformationRequestMutationVariables = Exact<{
  input: RetractInput;
}>;


export type RetractInformationRequestMutation = { readonly retractInformationRequest: { readonly revision: number, readonly status: ReferralStatus } };

export type ReturnForInformationMutationVariables = Exact<{
  input: ReturnInput;
}>;


export type ReturnForInformationMutation = { readonly returnForInformation: { readonly revision: number, readonly status: ReferralStatus, readonly informationRequests: ReadonlyArray<{ readonly id: string, readonly state: RequestState }> } };

export type SaveFormMutationVariables = Exact<{
  input: SaveFormInput;
}>;


export type SaveFormMutation = { readonly saveForm: { readonly id: string, readonly revision: number, readonly percentComplete: number, readonly subjects: ReadonlyArray<{ readonly id: string, readonly forename: string, readonly surname: string }>, readonly check: { readonly complete: boolean, readonly problems: ReadonlyArray<{ readonly sectionId: string, readonly questionId: string, readonly message: string }> } } };

export type SavedFormsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type SavedFormsQuery = { readonly savedForms: { readonly totalCount: number, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null }, readonly edges: ReadonlyArray<{ readonly node: { readonly id: string, readonly description: string, readonly name: string, readonly startedAt: string, readonly daysLeft: number, readonly percentComplete: number } }> } };

export type StartContactMutationVariables = Exact<{
  commandId: string | number;
  reference: string;
  expectedRevision: number;
}>;


export type StartContactMutation = { readonly startContact: { readonly revision: number, readonly status: ReferralStatus } };

export type StartFormMutationVariables = Exact<{
  input: StartFormInput;
}>;


export type StartFormMutation = { readonly startForm: { readonly id: string, readonly revision: number, readonly formId: string, readonly formVersion: number, readonly description: string, readonly percentComplete: number, readonly answers: Record<string, unknown>, readonly subjects: ReadonlyArray<{ readonly id: string, readonly forename: string, readonly surname: string }> } };

export type SavedFormPageFragment = { readonly id: string, readonly revision: number, readonly formId: string, readonly formVersion: number, readonly description: string, readonly percentComplete: number, readonly answers: Record<string, unknown>, readonly subjects: ReadonlyArray<{ readonly id: string, readonly forename: string, readonly surname: string }> };

export type SubmitFormMutationVariables = Exact<{
  commandId: string | number;
  id: string | number;
  expectedRevision: number;
}>;


export type SubmitFormMutation = { readonly submitForm: { readonly reference: string, readonly version: number, readonly submittedAt: string, readonly pdfUrl: string } };

export type SubmittedFormsQueryVariables = Exact<{ [key: string]: never; }>;


export type SubmittedFormsQuery = { readonly submittedForms: { readonly requestingMoreInformation: ReadonlyArray<{ readonly id: string, readonly reference: string, readonly form: string, readonly detail: string, readonly comments: string, readonly dueOn: string | null }>, readonly recentlySubmitted: { readonly totalCount: number, readonly edges: ReadonlyArray<{ readonly node: { readonly reference: string, readonly version: number, readonly form: string, readonly name: string, readonly date: string, readonly response: string } }> } } };

