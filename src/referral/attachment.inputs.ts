import { IsInt, IsNotEmpty, IsUUID, Matches, MaxLength, Min } from 'class-validator';

const UUID = { message: '$property must be a UUID.' };

export class RequestUploadInput {
  @IsUUID('all', UUID)
  commandId!: string;

  @IsUUID('all', UUID)
  savedFormId!: string;

  /** A name, not a path: nothing that a file system or a terminal would act on. */
  @MaxLength(255, { message: 'The name of the file is too long. Rename it and choose it again.' })
  @Matches(/^[^/\\\p{Cc}]+$/u, { message: 'Give the name of the file alone, without folders.' })
  fileName!: string;

  @IsNotEmpty()
  @MaxLength(200)
  mediaType!: string;

  @IsInt()
  @Min(1, { message: 'The file is empty. Choose another.' })
  byteSize!: number;
}
