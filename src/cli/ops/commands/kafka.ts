import { Option, type Command } from 'commander';
import { replayToKafka, type KafkaReplay } from '../kafka-replay.js';
import { answer, progressOf } from '../output.js';
import { Refused } from '../refused.js';
import { onRunning } from '../running.js';

interface ReplayOptions {
  from: KafkaReplay['from'];
  topic: string;
  council?: string;
  full: boolean;
}

/** Publishing to Kafka, beside what the service does by itself. */
export function kafkaCommands(program: Command): void {
  program
    .command('kafka')
    .description('publishing to Kafka')
    .command('replay')
    .description("publishes again, to a topic of choice; the service's own publishing goes on as it was")
    .addOption(
      new Option('--from <where>', 'start, a position of the log, or a date')
        .argParser(beginning)
        .makeOptionMandatory(),
    )
    .requiredOption('--topic <name>', 'where to')
    .option('--council <id>', "this council's events alone")
    .option('--full', 'events with personal data', false)
    .action(async (options: ReplayOptions, command: Command) => {
      const say = progressOf(command);
      const result = await onRunning(async (platform, { kafka, publicUrl }) => {
        if (!kafka) throw new Refused('Set KAFKA_BROKERS: there is nowhere to publish to.');
        const onProgress = (published: number) => say(`${published} published`);
        return replayToKafka({ ...platform, ...options, kafka, publicUrl, onProgress });
      });
      answer(command, result, `published again: ${result.published}`);
    });
}

/** `start`, a position of the log, or a date. */
function beginning(from: string): KafkaReplay['from'] {
  if (from === 'start') return from;
  if (/^\d+$/.test(from)) return BigInt(from);
  const date = new Date(from);
  if (Number.isNaN(date.getTime())) throw new Refused(`--from is start, a position or a date, not ${from}.`);
  return date;
}
