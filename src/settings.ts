import { defaultLimits, readLimits } from './session/limit-settings.js';
import { readTrustedProxies } from './trusted-proxies.js';
import { readS3Url } from './attachment/s3-bucket.js';
import { eventStoreUrlMistake, mongoUrlMistake } from './core/store-urls.js';
import { readTransitUrl } from './core/vault-transit.js';

/** One setting as an operator meets it. `secret` values are never printed, and may come from a file: NAME_FILE. */
export interface Setting {
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
type Check = (value: string) => string | undefined;
const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.map((check) => check(value)).find(Boolean);
const port = (value: string) =>
  /^\d{1,5}$/.test(value) && Number(value) < 65_536 ? undefined : 'must be a port number';
const oneOf =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value) ? undefined : `must be one of ${values.join(', ')}`;
const key32 = (value: string) =>
  Buffer.from(value, 'base64').length === 32 ? undefined : 'must be 32 bytes in base64 (openssl rand -base64 32)';
const brokers = (value: string) =>
  value.split(',').every((broker) => /^[^\s:,]+:\d{1,5}$/.test(broker.trim()))
    ? undefined
    : 'must be host:port, comma separated';
const topic = (value: string) =>
  /^[A-Za-z0-9._-]{1,249}$/.test(value) ? undefined : 'must be 1 to 249 letters, digits, dots, dashes or underscores';
const thrownBy = (read: (value: string) => unknown) => (value: string) => {
  try {
    read(value);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};
const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'];

const s3 = (value: string) =>
  readS3Url(value) ? undefined : 'must be s3://KEY:SECRET@host:port/bucket, KEY and SECRET percent-encoded';

/** Every setting there is, with its default and its check: the README's table says the same (a test compares). */
export const settings: readonly Setting[] = [
  { name: 'PORT', default: '3000', mistake: port, about: 'Port of the API.' },
  { name: 'HOST', default: '127.0.0.1', about: 'Address the API listens on; `0.0.0.0` in a container.' },
  { name: 'DATA_DIR', default: 'var', about: 'Folder of the embedded stores, uploaded files and generated secrets.' },
  { name: 'COUNCILS_DIR', default: 'deploy/councils', about: 'Folder of the councils and their forms.' },
  {
    name: 'EVENTSTORE_URL',
    secret: true,
    mistake: either(url('esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover'), eventStoreUrlMistake),
    about: 'EventStoreDB / KurrentDB connection string. Absent: the embedded event store.',
  },
  {
    name: 'MONGO_URL',
    secret: true,
    mistake: either(url('mongodb', 'mongodb+srv'), mongoUrlMistake),
    about: 'MongoDB connection string. Absent: the embedded stand-in.',
  },
  {
    name: 'SMTP_URL',
    secret: true,
    mistake: url('smtp', 'smtps'),
    about: 'Mail server. Absent: the embedded one, with its mailbox at `/mailbox`.',
  },
  {
    name: 'FILES_URL',
    secret: true,
    mistake: s3,
    about:
      'S3-compatible storage of uploaded files: `s3://KEY:SECRET@host:port/bucket/prefix?region=eu-west-2&tls=false` (prefix, port, region and tls may be left out). Absent: the folder `DATA_DIR/files`.',
  },
  {
    name: 'CLAMD_URL',
    mistake: (value) =>
      /^(unix:.*\/.|tcp:\/\/[^\s/:]+:\d{1,5}$)/.test(value) ? undefined : 'must be tcp://host:port or unix:/path',
    about:
      'ClamAV daemon that scans uploaded files for malware: `tcp://127.0.0.1:3310`, `unix:/run/clamav/clamd.ctl`. Set: nothing is released that it has not passed. Absent: files are inspected, not scanned.',
  },
  {
    name: 'REQUIRE_MALWARE_SCAN',
    default: 'false',
    mistake: oneOf('true', 'false'),
    about: '`true`: refuses to start without `CLAMD_URL`.',
  },
  {
    name: 'RECAPTCHA_SECRET',
    secret: true,
    about:
      "Secret key of Google's reCAPTCHA, where councils ask for a captcha. Absent: ALTCHA's proof of work, which needs nobody else.",
  },
  {
    name: 'RECAPTCHA_SITE_KEY',
    about: 'Its site key, which `captchaChallenge` hands to the front end. Needed with `RECAPTCHA_SECRET`.',
  },
  {
    name: 'RECAPTCHA_VERIFY_URL',
    default: 'https://www.google.com/recaptcha/api/siteverify',
    mistake: url('http', 'https'),
    about: 'Where its answers are verified.',
  },
  {
    name: 'MASTER_KEY',
    secret: true,
    mistake: key32,
    about:
      'Wraps every data key: 32 bytes in base64. Absent outside production: generated once into `DATA_DIR/secrets.json`.',
  },
  {
    name: 'MASTER_KEY_OTHERS',
    secret: true,
    mistake: (value) => value.split(',').map(key32).find(Boolean),
    about:
      'Further master keys, comma separated: each opens what it wrapped, none wraps. For the time of `npm run ops -- keys rotate`.',
  },
  {
    name: 'MASTER_KEY_SERVICE',
    mistake: (value) => (readTransitUrl(value) ? undefined : 'must be vault+https://host:port/MOUNT/KEY'),
    about:
      'A key service in place of `MASTER_KEY`: the transit engine of HashiCorp Vault or OpenBao, `vault+https://vault.example:8200/transit/frontdoor`.',
  },
  { name: 'MASTER_KEY_SERVICE_TOKEN', secret: true, about: 'The token this installation shows to the key service.' },
  {
    name: 'APP_SECRET',
    secret: true,
    mistake: key32,
    about: 'Codes, challenges, signed URLs and address look-ups are derived from it. As `MASTER_KEY`.',
  },
  {
    name: 'APP_SECRET_PREVIOUS',
    secret: true,
    mistake: (value) => (value.split(',').some((one) => key32(one.trim())) ? `each ${key32('')}` : undefined),
    about:
      'Other values of `APP_SECRET` that are still accepted, comma separated: the one before, and during a rotation the next one. Asks for `LOOKUP_SECRET`.',
  },
  {
    name: 'LOOKUP_SECRET',
    secret: true,
    mistake: key32,
    about:
      'What accounts are found by: the first `APP_SECRET` that this installation ever had, for good. Absent: `APP_SECRET`.',
  },
  {
    name: 'LIMITS',
    default: defaultLimits,
    mistake: thrownBy(readLimits),
    about:
      'How often things may be tried (see "Under attack"), as `name=number/time` or `name=off`; what is not named stays as it is.',
  },
  {
    name: 'TRUST_PROXY',
    default: 'none',
    mistake: thrownBy(readTrustedProxies),
    about:
      'Whose `X-Forwarded-For` is believed: addresses and networks of the proxies in front, comma separated (`10.0.0.0/8, ::1`), or `none`.',
  },
  {
    name: 'AUDIT_ROOTS_DIR',
    about:
      'Folder of the signed audit roots: outside the stores, best on another machine. Absent: the folder beside `DATA_DIR` named like it with `-audit` at its end.',
  },
  {
    name: 'AUDIT_ROOTS_URL',
    secret: true,
    mistake: s3,
    about:
      'A bucket for the signed audit roots in place of the folder, written like `FILES_URL`; best with object lock.',
  },
  {
    name: 'AUDIT_ROOTS_TOPIC',
    mistake: topic,
    about:
      'A Kafka topic at `KAFKA_BROKERS` for the signed audit roots in place of the folder: of one partition, kept for good (`retention.ms=-1`), never compacted.',
  },
  {
    name: 'AUDIT_ROOTS_MINUTES',
    default: '10',
    mistake: (value) => (/^[1-9]\d{0,3}$/.test(value) ? undefined : 'must be a number of minutes, 1 to 9999'),
    about: 'How often the heads of all streams that moved are gathered into a signed root.',
  },
  {
    name: 'AUDIT_SIGNING_KEY',
    secret: true,
    mistake: key32,
    about: 'Seed of the Ed25519 key that signs audit roots: 32 bytes in base64. Absent: derived from `LOOKUP_SECRET`.',
  },
  {
    name: 'BACKUP_RETENTION_DAYS',
    default: '35',
    mistake: (value) => (/^[1-9]\d{0,3}$/.test(value) ? undefined : 'must be a number of days, 1 to 9999'),
    about:
      'How long a backup may be kept: it holds the keys of what was erased since. `npm run ops -- prune` removes what is older.',
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
    name: 'TRUSTED_DOCUMENTS',
    about:
      'File of the only GraphQL documents that are served, as `npm run documents -- collect` writes it. Absent: every document within the limits; name one in production.',
  },
  {
    name: 'OS_PLACES_KEY',
    secret: true,
    about:
      'API key of the OS Places API, which finds addresses. Absent: invented sample addresses; in production, none.',
  },
  {
    name: 'KAFKA_BROKERS',
    mistake: brokers,
    about:
      'Kafka brokers as `host:port`, comma separated. Set at any time: events are published from the first. Absent: no Kafka; the feed at `/integration/events` says the same.',
  },
  {
    name: 'KAFKA_TOPIC_THIN',
    default: 'frontdoor.referrals',
    mistake: topic,
    about: 'Topic of the events without personal data. Topics are made by whoever runs the brokers.',
  },
  {
    name: 'KAFKA_TOPIC_FULL',
    default: 'frontdoor.referrals.full',
    mistake: topic,
    about: 'Topic of the events with personal data, of councils whose `integration.full` is true.',
  },
  {
    name: 'KAFKA_TLS',
    default: 'off',
    mistake: oneOf('off', 'on'),
    about: '`on`: brokers are reached over TLS; `NODE_EXTRA_CA_CERTS` names an authority of your own.',
  },
  {
    name: 'KAFKA_SASL_MECHANISM',
    default: 'scram-sha-512',
    mistake: oneOf(...saslMechanisms),
    about: 'How this installation logs in to the brokers, where a user name is set.',
  },
  { name: 'KAFKA_SASL_USERNAME', about: 'User name at the brokers. Absent: no log-in.' },
  { name: 'KAFKA_SASL_PASSWORD', secret: true, about: 'Its password.' },
  {
    name: 'PROJECTIONS',
    default: 'inside',
    mistake: oneOf('inside', 'outside'),
    about:
      '`inside`: the followers run in the API process, on a thread of their own; `outside`: in processes of their own (`npm run projections`).',
  },
  {
    name: 'CONSOLE',
    mistake: oneOf('off', 'on'),
    about: 'The console for staff at `/console`. Absent: `on`, and `off` in production.',
  },
  {
    name: 'METRICS_PORT',
    mistake: port,
    about:
      'Port of `/metrics`, `/healthz` and `/readyz`, of API processes and projectors alike; keep it inside the network. Absent: no port of their own; `/metrics` is then on the port of the API, for callers on the same machine and outside production alone.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    mistake: url('http', 'https'),
    about:
      'OpenTelemetry collector that traces are sent to, as OTLP over HTTP: `http://collector:4318`. Absent: no traces.',
  },
  {
    name: 'DRAIN_SECONDS',
    default: '0',
    mistake: (value) => (/^(\d|1[0-5])$/.test(value) ? undefined : 'must be 0 to 15'),
    about:
      'How long a process that is told to stop still answers while `/readyz` says 503: until load balancers have turned away. With it, stopping takes 25 s at most.',
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
