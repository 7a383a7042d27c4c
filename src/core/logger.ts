import { pino, stdTimeFunctions, type Logger as Pino } from 'pino';
import { isUuid } from './ids.js';

/** What a log line may say beside its message: names and numbers, never what people wrote. See `allowed`. */
export interface LogFields {
  error?: unknown;
  [name: string]: unknown;
}

const uuid = (value: unknown) => typeof value === 'string' && isUuid(value);
const word = (value: unknown) => typeof value === 'string' && /^[\w.:-]{1,80}$/.test(value);
const number = (value: unknown) => typeof value === 'number';
/** Written by our own code or by a program beside us, never by a person. */
const sentence = (value: unknown) => typeof value === 'string' && value.length <= 300;

/** Every field that a line may have, and what its value must look like; anything else is left out, and named in `left`. */
const allowed: Record<string, (value: unknown) => boolean> = {
  correlationId: uuid,
  factId: uuid,
  follower: word,
  field: word,
  part: word,
  checkpoint: word,
  council: word,
  reason: sentence,
  took: number,
  events: number,
  status: number,
};

/** Methods that libraries look for in a logger (Nest's LoggerService, Apollo's Logger, console). */
type LibraryLogger = Record<
  'debug' | 'verbose' | 'log' | 'info' | 'warn' | 'error' | 'fatal',
  (...said: unknown[]) => void
>;

/**
 * Lines of JSON on standard error. Fields are written where the list allows them. Of an error only its name, code and
 * place are written: messages may quote data.
 */
export class Logger {
  private readonly pino: Pino;

  constructor(level: 'silent' | 'error' | 'info') {
    const options = {
      level,
      base: undefined,
      messageKey: 'message',
      timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"at"'),
      formatters: { level: (label: string) => ({ level: label }) },
    };
    this.pino = pino(options, { write: (line: string) => void process.stderr.write(line) });
  }

  info(message: string, fields: LogFields = {}): void {
    if (this.pino.isLevelEnabled('info')) this.pino.info(written(fields), message);
  }

  error(message: string, fields: LogFields = {}): void {
    if (this.pino.isLevelEnabled('error')) this.pino.error(written(fields), message);
  }

  /** For a library that logs by itself: that it complained, and of its errors what may be said; not its words. */
  forLibrary(part: string): LibraryLogger {
    const complain = (...said: unknown[]) =>
      this.error('a library complains', { part, error: said.find((one) => one instanceof Error) });
    const nothing = () => undefined;
    return {
      debug: nothing,
      verbose: nothing,
      log: nothing,
      info: nothing,
      warn: complain,
      error: complain,
      fatal: complain,
    };
  }
}

function written({ error, ...fields }: LogFields): object {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  const [fit, left] = [given.filter(fits), given.filter((field) => !fits(field))];
  return {
    ...Object.fromEntries(fit),
    ...(left.length > 0 && { left: left.map(([name]) => name) }),
    ...(error === undefined ? {} : about(error)),
  };
}

function fits([name, value]: [string, unknown]): boolean {
  return Object.hasOwn(allowed, name) && allowed[name]!(value);
}

function about(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error };
  const { code, type, cause } = error as { code?: unknown; type?: unknown; cause?: unknown };
  const said = code ?? type;
  // The stack begins with the message, which may have lines of its own.
  const place = error.stack
    ?.slice(Math.max(0, error.stack.indexOf(error.message)) + error.message.length)
    .split('\n')
    .slice(1, 5)
    .map((frame) => frame.trim());
  return {
    error: word(error.name) ? error.name : 'Error',
    ...((number(said) || word(said)) && { code: said }),
    place,
    ...(cause instanceof Error && word(cause.name) && { cause: cause.name }),
  };
}
