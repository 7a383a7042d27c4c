/** What the portal reads of the API's types: see Frontdoor's schema for what each member means. */
export interface Choice {
  code: string;
  label: string;
}
export interface FormSummary {
  id: string;
  version: number;
  title: string;
  description: string;
  notice: string | null;
}
export type Detail = 'organisation' | 'jobTitle' | 'telephone' | 'address';
export interface Council {
  id: string;
  name: string;
  serviceName: string;
  urgentNotice: string;
  passwordPolicy: {
    minLength: number;
    requiresLetter: boolean;
    requiresUpperCase: boolean;
    requiresDigit: boolean;
    requiresSpecial: boolean;
    specialCharacters: string;
    differsFromPrevious: number;
  };
  inactivityMinutes: number;
  savedFormDays: number;
  submittedFormDays: number;
  attachmentPolicy: { professionalsOnly: boolean; extensions: string[]; maxBytes: number; maxCount: number };
  captcha: { registration: boolean; forms: boolean };
  professional: { question: string | null; professionalDetails: Detail[]; otherDetails: Detail[] };
  formGroups: { id: string; title: string; guidance: string; forms: FormSummary[] }[];
}
export type Kind =
  | 'TEXT'
  | 'LONG_TEXT'
  | 'DATE'
  | 'NUMBER'
  | 'YES_NO'
  | 'CHOICE'
  | 'CHOICES'
  | 'PERSON'
  | 'ADDRESS'
  | 'EMAIL'
  | 'TELEPHONE'
  | 'TABLE'
  | 'INFORMATION';
export type Condition = object;
export interface Question {
  id: string;
  label: string;
  hint: string | null;
  kind: Kind;
  mandatory: boolean;
  perSubject: boolean;
  maxLength: number | null;
  min: number | null;
  max: number | null;
  choices: Choice[] | null;
  columns: Question[] | null;
  visibleWhen: Condition | null;
}
export interface Section {
  id: string;
  number: number;
  title: string;
  guidance: string | null;
  visibleWhen: Condition | null;
  questions: Question[];
}
export interface Form {
  id: string;
  version: number;
  title: string;
  description: string;
  notice: string | null;
  professionalsOnly: boolean;
  inactivityMinutes: number | null;
  freshLogIn: boolean;
  subjects: { min: number; max: number; label: string; section: string };
  sections: Section[];
}
export interface Subject {
  id: string;
  forename: string;
  surname: string;
  dateOfBirth: string | null;
}
export type Answers = Record<string, Record<string, unknown>>;
export interface Address {
  line1?: string | null;
  line2?: string | null;
  town?: string | null;
  county?: string | null;
  postcode?: string | null;
  uprn?: string | null;
}
export interface AnswerProblem {
  sectionId: string;
  questionId: string;
  subjectId: string | null;
  row: number | null;
  code?: string;
  message: string;
}
export interface Attachment {
  id: string;
  fileName: string;
  byteSize: number;
  status: 'AWAITING_UPLOAD' | 'CHECKING' | 'AVAILABLE' | 'REJECTED';
  problem: string | null;
  downloadUrl: string | null;
}
export interface SavedForm {
  id: string;
  revision: number;
  formId: string;
  formVersion: number;
  description: string;
  name: string;
  startedAt: string;
  savedAt: string;
  daysLeft: number;
  percentComplete: number;
  subjects: Subject[];
  answers: Answers;
  attachments: Attachment[];
  check: { complete: boolean; percentComplete: number; problems: AnswerProblem[]; visibleSections: string[] };
  answersRequest: InformationRequest | null;
  unmappedAnswers: { sectionId: string; questionId: string; label: string; value: { value?: unknown } }[];
  submittableUntil: string | null;
}
export interface SubmittedForm {
  reference: string;
  version: number;
  formId: string;
  formVersion: number;
  form: string;
  submittedAt: string;
  submittedBy: string;
  subjects: Subject[];
  answers: Answers;
  attachments: Attachment[];
  pdfUrl: string;
}
export interface InformationRequest {
  id: string;
  reference: string;
  version: number;
  form: string;
  name: string;
  dateRequested: string;
  detail: string;
  comments: string;
  questions: { questionId: string; note: string }[];
  dueOn: string | null;
  redirectToForm: FormSummary | null;
  previousForm: SubmittedForm;
}
export interface Account {
  id: string;
  forename: string;
  surname: string;
  email: string;
  professional: boolean;
  organisation: string | null;
  jobTitle: string | null;
  telephone: string | null;
  address: Address | null;
  termsOutstanding: { version: string; title: string; body: string } | null;
}
export interface CodeChallenge {
  challengeId: string;
  expiresAt: string;
  resendAfter: string;
  digits: number;
}
export interface SignedIn {
  token: string;
  account: Account;
}
export interface Page<T> {
  edges: { cursor: string; node: T }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
  totalCount: number;
}
