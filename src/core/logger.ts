type Level = 'error' | 'info';

/** What a log line may say beside its message: names and numbers, never what people wrote. */
export interface LogFields {
  error?: unknown;
  [name: string]: unknown;
}

/** Lines of JSON on standard error. Of an error only its name, code and place are written: messages may quote data. */
export class Logger {
  constructor(private readonly level: 'silent' | Level) {}

  info(message: string, fields: LogFields = {}): void {
    if (this.level === 'info') write('info', message, fields);
  }

  error(message: string, fields: LogFields = {}): void {
    if (this.level !== 'silent') write('error', message, fields);
  }
}

function write(level: Level, message: string, { error, ...fields }: LogFields): void {
  const line = {
    at: new Date().toISOString(),
    level,
    message,
    ...fields,
    ...(error === undefined ? {} : about(error)),
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function about(error: unknown) {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code, type } = error as { code?: unknown; type?: unknown };
  // The stack begins with the message, which may have lines of its own.
  const place = error.stack
    ?.slice(Math.max(0, error.stack.indexOf(error.message)) + error.message.length)
    .split('\n')
    .slice(1, 5)
    .map((frame) => frame.trim());
  return { error: error.name, code: code ?? type, place };
}
