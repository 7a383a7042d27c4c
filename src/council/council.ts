import type { Choice, Form, FormSummary } from './form.js';

export interface PasswordPolicy {
  minLength: number;
  requiresLetter: boolean;
  requiresUpperCase: boolean;
  requiresDigit: boolean;
  requiresSpecial: boolean;
  /** Every special character allowed, beside letters and digits. */
  specialCharacters: string;
  /** How many earlier passwords a new one differs from; from the current one it always differs. */
  differsFromPrevious: number;
}

/** Lives of emailed codes in minutes, and tries before a code is dead. */
export interface CodePolicy {
  digits: number;
  registrationMinutes: number;
  logInMinutes: number;
  resetMinutes: number;
  attempts: number;
}

export interface Terms {
  version: string;
  title: string;
  body: string;
}

export interface AttachmentPolicy {
  professionalsOnly: boolean;
  mediaTypes: string[];
  /** Lower case, without the dot. */
  extensions: string[];
  maxBytes: number;
  /** Attachments of one saved form. */
  maxCount: number;
}

export interface FormGroup {
  id: string;
  title: string;
  guidance: string;
  /** The newest version of each form, in the order in which they are offered. */
  forms: FormSummary[];
}

export interface MailSettings {
  fromName: string;
  fromAddress: string;
  replyTo: string | null;
  /** The last line of every mail. */
  signature: string;
  /** Base of the links in mails, without a slash at its end. */
  portalUrl: string;
  /** What mails call the account: "Children and Families Services account". */
  accountName: string;
}

/** A detail of an account beside names and email address. */
export type AccountDetail = 'organisation' | 'jobTitle' | 'telephone' | 'address';

/** What registration asks, of whom. Nothing here is mandatory: front ends show it, the API takes what it is given. */
export interface ProfessionalRules {
  /** The tick-box by which a professional says so; null where every account is a professional's (S). */
  question: string | null;
  professionalDetails: AccountDetail[];
  otherDetails: AccountDetail[];
}

/** What the council's own systems get, and what is expected of them. */
export interface Integration {
  /** Whether events with personal data are published and fed. */
  full: boolean;
  /** How long a system may take to acknowledge a version; null where none is expected to. */
  receiptHours: number | null;
}

/** How the council's staff sign in: its own OpenID provider. */
export interface StaffProvider {
  /** `iss` of its tokens, exactly as the provider spells it. */
  issuer: string;
  /** `aud` of the tokens that are meant for this service. */
  audience: string;
  /** Where its keys are; null: the provider's discovery document says. */
  jwksUrl: string | null;
  /** The claim that names what somebody may do: its name, or the way to it (`realm_access.roles`). */
  roleClaim: string;
  /** What the claim may say, and the role that gives; the first that fits counts. Null: the names of the roles themselves. */
  roles: Record<string, string> | null;
  /** The claim with the name that facts show. */
  nameClaim: string;
  /** Claims that must be just so: tells councils apart that share an issuer. */
  requires: Record<string, string>;
}

/** A council's settings as its council.yaml gives them, with its forms compiled. */
export interface Council {
  id: string;
  name: string;
  serviceName: string;
  hosts: string[];
  urgentNotice: string;
  /** IANA name of the zone in which the council counts days. */
  timeZone: string;
  passwordPolicy: PasswordPolicy;
  codePolicy: CodePolicy;
  inactivityMinutes: number;
  savedFormDays: number;
  submittedFormDays: number;
  /** Days for which a form begun in a version that was replaced can still be sent, counted from its retiredOn. */
  retiredFormGraceDays: number;
  /** Days for which a referral is kept after its last response; null: until a records officer erases it. */
  retentionDays: number | null;
  terms: Terms | null;
  attachmentPolicy: AttachmentPolicy;
  informationReasons: Choice[];
  outcomes: Choice[];
  /** The automated response that is posted when the contact starts. */
  contactResponse: string;
  /** What a reference begins with, before its 2-4-6 characters: "LL-", "LCC". */
  referencePrefix: string;
  /** Whether a solved captcha is asked for: to register, and to start a form. */
  captcha: { registration: boolean; forms: boolean };
  professional: ProfessionalRules;
  mail: MailSettings;
  integration: Integration;
  /** Null: the installation's provider (settings STAFF_…). */
  staff: StaffProvider | null;
  formGroups: FormGroup[];
  /** Every form there is, those that are not offered any more too. */
  formIds: string[];
  /** The newest version unless one is given. */
  form(id: string, version?: number): Form | undefined;
}

/** A council.yaml, checked against council.schema.json. */
export interface CouncilSource extends Omit<
  Council,
  'formGroups' | 'formIds' | 'form' | 'mail' | 'terms' | 'integration' | 'retentionDays' | 'staff'
> {
  retentionDays?: number | null;
  terms?: Terms | null;
  mail: Omit<MailSettings, 'replyTo'> & { replyTo?: string };
  integration?: Partial<Integration>;
  staff?: Pick<StaffProvider, 'issuer' | 'audience'> & Partial<StaffProvider>;
  formGroups: { id: string; title: string; guidance: string; forms: string[] }[];
}
