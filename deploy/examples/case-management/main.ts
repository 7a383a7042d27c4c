import { readFile } from 'node:fs/promises';
import { Kafka } from 'kafkajs';
import { CaseFiles } from './case-files.js';
import { consume } from './consume.js';
import { Frontdoor } from './frontdoor.js';

/** Takes referrals of one council from Kafka into files. See README.md for the settings. */
const council = setting('COUNCIL');
const tokenFile = setting('TOKEN_FILE');
const files = new CaseFiles(setting('CASE_FOLDER'));
const token = async () => (await readFile(tokenFile, 'utf8')).trim();
const frontdoor = new Frontdoor(`${setting('FRONTDOOR_URL')}/graphql`, council, token);

const kafka = new Kafka({ clientId: 'case-management', brokers: setting('KAFKA_BROKERS').split(',') });
const consumer = kafka.consumer({ groupId: `case-management-${council}` });
await consumer.connect();
await consumer.subscribe({ topic: process.env.KAFKA_TOPIC ?? 'frontdoor.referrals', fromBeginning: true });
await consumer.run({
  // One message after the other within a partition: the events of a referral stay in their order. The offset is
  // committed after the message was dealt with, so that a crash brings it again.
  eachMessage: async ({ message }) => {
    const outcome = await consume({ council, frontdoor, files }, message);
    process.stdout.write(`${String(message.headers?.ce_type)} ${String(message.key)}: ${outcome}\n`);
  },
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void consumer.disconnect().then(() => process.exit(0)));
}

function setting(name: string): string {
  const value = process.env[name];
  if (value) return value;
  process.stderr.write(`${name} must be set: see README.md.\n`);
  process.exit(2);
}
