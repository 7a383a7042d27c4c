import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsUUID,
  Matches,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

const UUID = { message: '$property must be a UUID.' };
/** Free text of staff: as long as a page or two. */
const TEXT = 4_000;
const NAME = 100;
/** Subjects of one form: the form's own rule is held at submission; this is what any request may name. */
const SUBJECTS = 50;
const SHOWS = /\S/u;

export class StartFormInput {
  @IsUUID('all', UUID)
  commandId!: string;

  @MaxLength(100)
  formId!: string;

  @IsOptional()
  captcha?: string | null;

  @IsOptional()
  @IsUUID('all', UUID)
  fromSavedFormId?: string | null;
}

export class SubjectInput {
  @IsOptional()
  @IsUUID('all', UUID)
  id?: string | null;

  @MaxLength(NAME)
  @Matches(SHOWS, { message: 'Enter the forename.' })
  forename!: string;

  @MaxLength(NAME)
  @Matches(SHOWS, { message: 'Enter the surname.' })
  surname!: string;

  @IsOptional()
  @IsISO8601({ strict: true }, { message: 'Enter a date of birth as YYYY-MM-DD.' })
  dateOfBirth?: string | null;
}

export class SaveFormInput {
  @IsUUID('all', UUID)
  commandId!: string;

  @IsUUID('all', UUID)
  id!: string;

  @IsInt()
  @Min(0)
  expectedRevision!: number;

  @IsOptional()
  @IsObject({ message: 'answersPatch must be an object: {sectionId: {questionId: answer}}.' })
  answersPatch?: object | null;

  @IsOptional()
  @ArrayMaxSize(SUBJECTS)
  @ValidateNested({ each: true })
  @Type(() => SubjectInput)
  subjects?: SubjectInput[] | null;
}

export class QuestionNoteInput {
  @MaxLength(100)
  questionId!: string;

  @MaxLength(TEXT)
  @Matches(SHOWS, { message: 'Say what is asked for about this question.' })
  note!: string;
}

export class ReturnInput {
  @IsUUID('all', UUID)
  commandId!: string;

  @MaxLength(60)
  reference!: string;

  @IsInt()
  expectedRevision!: number;

  @MaxLength(100)
  reasonCode!: string;

  @MaxLength(TEXT)
  @Matches(SHOWS, { message: 'Say in the comments what information is needed.' })
  comments!: string;

  @IsOptional()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => QuestionNoteInput)
  questions?: QuestionNoteInput[] | null;

  @IsOptional()
  dueOn?: string | null;

  @IsOptional()
  @MaxLength(100)
  redirectToFormId?: string | null;
}

export class RetractInput {
  @IsUUID('all', UUID)
  commandId!: string;

  @MaxLength(60)
  requestId!: string;

  @MaxLength(60)
  reference!: string;

  @MaxLength(TEXT)
  @Matches(SHOWS, { message: 'Give a reason for the retraction.' })
  reason!: string;
}

export class RespondInput {
  @IsUUID('all', UUID)
  commandId!: string;

  @MaxLength(60)
  reference!: string;

  @IsInt()
  expectedRevision!: number;

  @IsOptional()
  @MaxLength(60)
  subjectId?: string | null;

  @MaxLength(100)
  outcomeCode!: string;

  @IsOptional()
  @MaxLength(TEXT)
  message?: string | null;

  final!: boolean;
}
