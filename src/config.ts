import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { KafkaSettings } from '../projections/kafka/publish.js';
import { readS3Url, type S3Place } from './attachment/s3-bucket.js';
import { readTransitUrl, type TransitPlace } from './core/vault-transit.js';
import { projectRoot } from './core/project-root.js';
import { withSecretFiles } from './secret-files.js';
import { readLimits, type LimitSettings } from './session/limit-settings.js';
import { settings } from './settings.js';
import { readTrustedProxies } from './trusted-proxies.js';
import { weakSecrets } from './weak-secrets.js';

type Env = Record<string, string | undefined>;

export interface Config {
  port: number;
  host: string;
  dataDir: string;
  councilsDir: string;
  eventStoreUrl?: string;
  mongoUrl?: string;
  smtpUrl?: string;
  /** S3-compatible storage of files; absent: a folder. */
  files?: S3Place;
  clamdUrl?: string;
  recaptcha?: { secret: string; siteKey: string; verifyUrl: string };
  /** Absent where a key service has it. */
  masterKey?: Buffer;
  /** Further master keys, which open what they wrapped. */
  masterKeyOthers: Buffer[];
  keyService?: TransitPlace;
  audit: AuditSettings;
  /** Days for which a backup may be kept. */
  backupRetentionDays: number;
  appSecret: Buffer;
  /** Accepted beside it. */
  otherAppSecrets: Buffer[];
  /** What look-ups are keyed by, whatever APP_SECRET is. */
  lookupSecret: Buffer;
  limits: LimitSettings;
  /** Proxies whose X-Forwarded-For is believed; empty: nobody's. */
  trustedProxies: string[];
  staff: { jwksUrl?: string; issuer: string; audience: string };
  /** Finds addresses; absent: the sample gazetteer. */
  osPlacesKey?: string;
  publicUrl: string;
  /** The file that lists the only documents served; absent: all that keep within the limits. */
  trustedDocuments?: string;
  /** Where integration events are published; absent: nowhere. */
  kafka?: KafkaSettings;
  projectionsInside: boolean;
  /** Whether staff have the console at /console. */
  console: boolean;
  /** Port of metrics and health; absent: none of their own. */
  metricsPort?: number;
  /** Collector of traces; absent: none are made. */
  tracesTo?: string;
  /** Seconds between being told to stop and turning callers away. */
  drainSeconds: number;
  production: boolean;
  logLevel: 'silent' | 'error' | 'info';
}

/** Where signed roots of the log go, how often, and with which key. */
export interface AuditSettings {
  rootsDir: string;
  /** In place of the folder. */
  rootsBucket?: S3Place;
  /** A topic at the brokers, in place of the folder. */
  rootsTopic?: string;
  everyMinutes: number;
  /** Seed of the signing key; absent: derived from the application's secret. */
  signingSeed?: Buffer;
}

/** Production does without none of these. */
export const neededInProduction: readonly string[] = [
  'MASTER_KEY',
  'APP_SECRET',
  'EVENTSTORE_URL',
  'MONGO_URL',
  'SMTP_URL',
  'PUBLIC_URL',
];

/** All that is wrong with the settings of an environment, a sentence each. */
export function settingMistakes(given: Env): string[] {
  const { env, mistakes } = withSecretFiles(given);
  for (const { name, mistake } of settings) {
    const problem = env[name] ? mistake?.(env[name]) : undefined;
    if (problem) mistakes.push(`${name} ${problem}`);
  }
  if (env.NODE_ENV === 'production') {
    // A key service that wraps in its place has a token of its own.
    const needed = neededInProduction.map((name) =>
      env.MASTER_KEY_SERVICE ? name.replace(/^MASTER_KEY$/, 'MASTER_KEY_SERVICE_TOKEN') : name,
    );
    const missing = needed.filter((name) => !env[name] && !given[`${name}_FILE`]);
    mistakes.push(...missing.map((name) => `${name} must be set in production`));
    mistakes.push(...weakSecrets(env));
  }
  if (env.REQUIRE_MALWARE_SCAN === 'true' && !env.CLAMD_URL) {
    mistakes.push('CLAMD_URL must be set where REQUIRE_MALWARE_SCAN is true');
  }
  if (env.APP_SECRET_PREVIOUS && !env.LOOKUP_SECRET) {
    mistakes.push('LOOKUP_SECRET must be set where APP_SECRET_PREVIOUS is: to the first APP_SECRET there was');
  }
  if (env.RECAPTCHA_SECRET && !env.RECAPTCHA_SITE_KEY) {
    mistakes.push('RECAPTCHA_SITE_KEY must be set where RECAPTCHA_SECRET is');
  }
  if (env.AUDIT_ROOTS_TOPIC && !env.KAFKA_BROKERS) {
    mistakes.push('KAFKA_BROKERS must be set where AUDIT_ROOTS_TOPIC is');
  }
  if (env.AUDIT_ROOTS_TOPIC && env.AUDIT_ROOTS_URL) {
    mistakes.push('AUDIT_ROOTS_TOPIC and AUDIT_ROOTS_URL name two places for the audit roots: choose one');
  }
  return mistakes;
}

/** Reads and checks every setting. Throws one Error that names all mistakes at once. */
export function loadConfig(given: Env): Config {
  const mistakes = settingMistakes(given);
  if (mistakes.length > 0) throw new Error(`The configuration has mistakes:\n  ${mistakes.join('\n  ')}`);
  const { env } = withSecretFiles(given);
  const value = (name: string) => env[name] || settings.find((setting) => setting.name === name)?.default;
  const production = value('NODE_ENV') === 'production';
  const folder = (name: string) => absolute(value(name)!);
  const dataDir = folder('DATA_DIR');
  const secrets = production ? {} : developmentSecrets(dataDir);
  const key = (name: 'MASTER_KEY' | 'APP_SECRET') => Buffer.from((env[name] || secrets[name])!, 'base64');
  const transit = env.MASTER_KEY_SERVICE && readTransitUrl(env.MASTER_KEY_SERVICE);
  const others = env.MASTER_KEY_OTHERS?.split(',') ?? [];
  return {
    port: Number(value('PORT')),
    host: value('HOST')!,
    dataDir,
    councilsDir: folder('COUNCILS_DIR'),
    eventStoreUrl: value('EVENTSTORE_URL'),
    mongoUrl: value('MONGO_URL'),
    smtpUrl: value('SMTP_URL'),
    files: (env.FILES_URL && readS3Url(env.FILES_URL)) || undefined,
    clamdUrl: value('CLAMD_URL'),
    recaptcha: env.RECAPTCHA_SECRET
      ? {
          secret: env.RECAPTCHA_SECRET,
          siteKey: value('RECAPTCHA_SITE_KEY')!,
          verifyUrl: value('RECAPTCHA_VERIFY_URL')!,
        }
      : undefined,
    masterKey: transit ? undefined : key('MASTER_KEY'),
    masterKeyOthers: others.map((other) => Buffer.from(other, 'base64')),
    keyService: transit ? { ...transit, token: env.MASTER_KEY_SERVICE_TOKEN ?? '' } : undefined,
    audit: {
      rootsDir: env.AUDIT_ROOTS_DIR ? folder('AUDIT_ROOTS_DIR') : `${dataDir}-audit`,
      rootsBucket: (env.AUDIT_ROOTS_URL && readS3Url(env.AUDIT_ROOTS_URL)) || undefined,
      rootsTopic: value('AUDIT_ROOTS_TOPIC'),
      everyMinutes: Number(value('AUDIT_ROOTS_MINUTES')),
      signingSeed: env.AUDIT_SIGNING_KEY ? Buffer.from(env.AUDIT_SIGNING_KEY, 'base64') : undefined,
    },
    backupRetentionDays: Number(value('BACKUP_RETENTION_DAYS')),
    appSecret: key('APP_SECRET'),
    otherAppSecrets: (env.APP_SECRET_PREVIOUS?.split(',') ?? []).map((one) => Buffer.from(one.trim(), 'base64')),
    lookupSecret: env.LOOKUP_SECRET ? Buffer.from(env.LOOKUP_SECRET, 'base64') : key('APP_SECRET'),
    limits: readLimits(value('LIMITS')!),
    trustedProxies: readTrustedProxies(value('TRUST_PROXY')!),
    staff: { jwksUrl: value('STAFF_JWKS_URL'), issuer: value('STAFF_ISSUER')!, audience: value('STAFF_AUDIENCE')! },
    osPlacesKey: value('OS_PLACES_KEY'),
    publicUrl: value('PUBLIC_URL') ?? `http://localhost:${value('PORT')}`,
    trustedDocuments: value('TRUSTED_DOCUMENTS') && folder('TRUSTED_DOCUMENTS'),
    kafka: kafkaSettings(value),
    projectionsInside: value('PROJECTIONS') === 'inside',
    console: (value('CONSOLE') ?? (production ? 'off' : 'on')) === 'on',
    metricsPort: value('METRICS_PORT') ? Number(value('METRICS_PORT')) : undefined,
    tracesTo: value('OTEL_EXPORTER_OTLP_ENDPOINT'),
    drainSeconds: Number(value('DRAIN_SECONDS')),
    production,
    logLevel: value('LOG_LEVEL') as Config['logLevel'],
  };
}

function kafkaSettings(value: (name: string) => string | undefined): KafkaSettings | undefined {
  const [brokers, username] = [value('KAFKA_BROKERS'), value('KAFKA_SASL_USERNAME')];
  if (!brokers) return undefined;
  const mechanism = value('KAFKA_SASL_MECHANISM') as NonNullable<KafkaSettings['sasl']>['mechanism'];
  return {
    brokers: brokers.split(',').map((broker) => broker.trim()),
    thinTopic: value('KAFKA_TOPIC_THIN')!,
    fullTopic: value('KAFKA_TOPIC_FULL')!,
    tls: value('KAFKA_TLS') === 'on',
    ...(username && { sasl: { mechanism, username, password: value('KAFKA_SASL_PASSWORD') ?? '' } }),
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
