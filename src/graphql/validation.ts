import { BadRequestException, ValidationPipe, type ValidationError } from '@nestjs/common';

/** Holds inputs to their classes; every mistake is told with the path of its field. */
export const validationPipe = new ValidationPipe({
  transform: true,
  exceptionFactory: (errors: ValidationError[]) =>
    new BadRequestException({ problems: errors.flatMap((error) => problems(error)) }),
});

function problems(error: ValidationError, path = 'input'): { field: string; message: string }[] {
  const field = `${path}.${error.property}`;
  const own = Object.values(error.constraints ?? {}).map((message) => ({ field, message: sentence(message) }));
  return [...own, ...(error.children ?? []).flatMap((child) => problems(child, field))];
}

/** class-validator's own messages begin with the property's name and end bare. */
function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message[0]!.toUpperCase()}${message.slice(1)}.`;
}
