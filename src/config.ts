import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { projectRoot } from './core/project-root.js';

/** One setting as an operator meets it. `secret` values are never printed. */
interface Setting {
  name: string;
  about: string;
  /** What holds where nothing is set; undefined: nothing. */
  default?: string;
  secret?: boolean;
  /** The mistake in a value, or undefined where it is fine. */
  mistake?: (value: string) => string | undefined;
}

const url =
  (...schemes: string[]) =>
  (value: string) =>
    schemes.some((scheme) => value.startsWith(`${scheme}:`)) ? undefined : `must begin with ${schemes.join(': or ')}:`;
const port = (value: string) =>
  /^\d{1,5}$/.test(value) && Number(value) < 65_536 ? undefined : 'must be a port number';
const oneOf =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value) ? undefined : `must be one of ${values.join(', ')}`;
const key32 = (value: string) =>
  Buffer.from(value, 'base64').length === 32 ? undefined : 'must be 32 bytes in base64 (openssl rand -base64 32)';

/** Every setting there is, with its default and its check: the README's table says the same (a test compares). */
export const settings: readonly Setting[] = [
  { name: 'PORT', default: '3000', mistake: port, about: 'Port of the API.' },
  { name: 'HOST', default: '127.0.0.1', about: 'Address the API listens on; `0.0.0.0` in a container.' },
  { name: 'DATA_DIR', default: 'var', about: 'Folder of the embedded stores, uploaded files and generated secrets.' },
  { name: 'COUNCILS_DIR', default: 'deploy/councils', about: 'Folder of the councils and their forms.' },
  {
    name: 'EVENTSTORE_URL',
    mistake: url('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'),
    about: 'EventStoreDB / KurrentDB connection string. Absent: the embedded event store.',
  },
  {
    name: 'MONGO_URL',
    secret: true,
    mistake: url('mongodb', 'mongodb+srv'),
    about: 'MongoDB connection string. Absent: the embedded stand-in.',
  },
  {
    name: 'SMTP_URL',
    secret: true,
    mistake: url('smtp', 'smtps'),
    about: 'Mail server. Absent: the embedded one, with its mailbox at `/mailbox`.',
  },
  {
    name: 'MASTER_KEY',
    secret: true,
    mistake: key32,
    about:
      'Wraps every data key: 32 bytes in base64. Absent outside production: generated once into `DATA_DIR/secrets.json`.',
  },
  {
    name: 'APP_SECRET',
    secret: true,
    mistake: key32,
    about: 'Codes, challenges, signed URLs and address look-ups are derived from it. As `MASTER_KEY`.',
  },
  {
    name: 'STAFF_JWKS_URL',
    mistake: url('http', 'https'),
    about:
      "Key set of the councils' identity provider. Absent outside production: a key of this installation's own (`npm run token`).",
  },
  { name: 'STAFF_ISSUER', default: 'frontdoor-development', about: 'Issuer (`iss`) that staff tokens must name.' },
  { name: 'STAFF_AUDIENCE', default: 'frontdoor', about: 'Audience (`aud`) that staff tokens must name.' },
  {
    name: 'PUBLIC_URL',
    mistake: url('http', 'https'),
    about: 'Where the API is reached from outside: the base of signed file URLs. Absent: `http://localhost:PORT`.',
  },
  {
    name: 'OS_PLACES_KEY',
    secret: true,
    about:
      'API key of the OS Places API, which finds addresses. Absent: invented sample addresses; in production, none.',
  },
  {
    name: 'PROJECTIONS',
    default: 'inside',
    mistake: oneOf('inside', 'outside'),
    about:
      '`inside`: the followers run in the API process; `outside`: in processes of their own (`npm run projections`).',
  },
  {
    name: 'NODE_ENV',
    default: 'development',
    mistake: oneOf('development', 'production', 'test'),
    about: '`production` demands every secret and turns introspection and the mailbox off.',
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    mistake: oneOf('silent', 'error', 'info'),
    about: 'How much is written to standard error.',
  },
];

export interface Config {
  port: number;
  host: string;
  dataDir: string;
  councilsDir: string;
  eventStoreUrl?: string;
  mongoUrl?: string;
  smtpUrl?: string;
  masterKey: Buffer;
  appSecret: Buffer;
  staff: { jwksUrl?: string; issuer: string; audience: string };
  /** Finds addresses; absent: the sample gazetteer. */
  osPlacesKey?: string;
  publicUrl: string;
  projectionsInside: boolean;
  production: boolean;
  logLevel: 'silent' | 'error' | 'info';
}

/** Reads and checks every setting. Throws one Error that names all mistakes at once. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const value = (name: string) => env[name] || settings.find((setting) => setting.name === name)?.default;
  const mistakes = settings.flatMap(({ name, mistake }) => {
    const given = env[name];
    const wrong = given ? mistake?.(given) : undefined;
    return wrong ? [`${name} ${wrong}`] : [];
  });
  const production = value('NODE_ENV') === 'production';
  if (production) {
    const missing = [
      'MASTER_KEY',
      'APP_SECRET',
      'STAFF_JWKS_URL',
      'EVENTSTORE_URL',
      'MONGO_URL',
      'SMTP_URL',
      'PUBLIC_URL',
    ];
    mistakes.push(...missing.filter((name) => !env[name]).map((name) => `${name} must be set in production`));
  }
  if (mistakes.length > 0) throw new Error(`The configuration has mistakes:\n  ${mistakes.join('\n  ')}`);

  const folder = (name: string) => absolute(value(name)!);
  const dataDir = folder('DATA_DIR');
  const secrets = production ? {} : developmentSecrets(dataDir);
  const key = (name: 'MASTER_KEY' | 'APP_SECRET') => Buffer.from((env[name] || secrets[name])!, 'base64');
  return {
    port: Number(value('PORT')),
    host: value('HOST')!,
    dataDir,
    councilsDir: folder('COUNCILS_DIR'),
    eventStoreUrl: value('EVENTSTORE_URL'),
    mongoUrl: value('MONGO_URL'),
    smtpUrl: value('SMTP_URL'),
    masterKey: key('MASTER_KEY'),
    appSecret: key('APP_SECRET'),
    staff: { jwksUrl: value('STAFF_JWKS_URL'), issuer: value('STAFF_ISSUER')!, audience: value('STAFF_AUDIENCE')! },
    osPlacesKey: value('OS_PLACES_KEY'),
    publicUrl: value('PUBLIC_URL') ?? `http://localhost:${value('PORT')}`,
    projectionsInside: value('PROJECTIONS') === 'inside',
    production,
    logLevel: value('LOG_LEVEL') as Config['logLevel'],
  };
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(projectRoot, path);
}

/** Secrets of an installation that was given none: made once, readable by their owner alone. */
function developmentSecrets(dataDir: string): Record<string, string> {
  const file = join(dataDir, 'secrets.json');
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true });
    const made = () => randomBytes(32).toString('base64');
    try {
      writeFileSync(file, JSON.stringify({ MASTER_KEY: made(), APP_SECRET: made() }, null, 2), {
        mode: 0o600,
        flag: 'wx',
      });
    } catch (error) {
      // Another process of this installation was a moment faster: its secrets are the ones.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}
