export interface PostalAddress {
  line1: string;
  line2?: string | null;
  town?: string | null;
  county?: string | null;
  postcode: string;
  /** Unique Property Reference Number. */
  uprn?: string | null;
}

/** What a person who uses the service tells of themselves. */
export interface Person {
  forename: string;
  surname: string;
  email: string;
  /** True where they use it as part of their work. */
  professional: boolean;
  organisation?: string | null;
  jobTitle?: string | null;
  telephone?: string | null;
  address?: PostalAddress | null;
}
