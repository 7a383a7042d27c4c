import { Type } from 'class-transformer';
import { IsEmail, IsOptional, IsUUID, Matches, MaxLength, ValidateNested } from 'class-validator';

/** Limits: 512 characters of address in all (guide W2), names and the like as long as any real one. */
const NAME = 100;
const LINE = 200;
/** At least one character that shows: a name of blanks is none. */
const SHOWS = /\S/u;

export class AddressInput {
  @MaxLength(LINE)
  @Matches(SHOWS, { message: 'Enter the first line of the address.' })
  line1!: string;

  @IsOptional()
  @MaxLength(LINE)
  line2?: string | null;

  @IsOptional()
  @MaxLength(NAME)
  town?: string | null;

  @IsOptional()
  @MaxLength(NAME)
  county?: string | null;

  /** The shape of a UK postcode as the Royal Mail publishes it (GOV.UK's bulk-data pattern, in short). */
  @Matches(/^\s*([A-Z]{1,2}\d[A-Z\d]?|GIR)\s*\d[A-Z]{2}\s*$/i, {
    message: 'Enter a full UK postcode, such as PR1 8XJ.',
  })
  postcode!: string;

  @IsOptional()
  @Matches(/^\d{1,12}$/, { message: 'A UPRN is a number of up to 12 digits.' })
  uprn?: string | null;
}

class OptionalDetails {
  @IsOptional()
  @MaxLength(LINE)
  organisation?: string | null;

  @IsOptional()
  @MaxLength(LINE)
  jobTitle?: string | null;

  @IsOptional()
  @Matches(/^[+()\d][-+()\d\s]{4,29}$/, { message: 'Enter a telephone number, such as 01632 960 001.' })
  telephone?: string | null;

  @IsOptional()
  @ValidateNested()
  @Type(() => AddressInput)
  address?: AddressInput | null;
}

export class DetailsInput extends OptionalDetails {
  @IsOptional()
  @MaxLength(NAME)
  @Matches(SHOWS, { message: 'Enter your forename.' })
  forename?: string;

  @IsOptional()
  @MaxLength(NAME)
  @Matches(SHOWS, { message: 'Enter your surname.' })
  surname?: string;

  @IsOptional()
  professional?: boolean;
}

/** Beside what is optional of DetailsInput: class-validator forgets a parent's rules for a member declared anew. */
export class RegisterInput extends OptionalDetails {
  @IsUUID('all', { message: 'A commandId must be a UUID.' })
  commandId!: string;

  @MaxLength(NAME)
  @Matches(SHOWS, { message: 'Enter your forename.' })
  forename!: string;

  @MaxLength(NAME)
  @Matches(SHOWS, { message: 'Enter your surname.' })
  surname!: string;

  @MaxLength(254)
  @IsEmail({}, { message: 'Enter an email address, such as name@example.org.' })
  email!: string;

  /** Its length and shape are the council's policy, which answers in its own words. */
  password!: string;

  professional!: boolean;

  @IsOptional()
  captcha?: string | null;
}
