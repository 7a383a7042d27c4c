import type { Councils } from '../../src/council/councils.js';
import type { EventLog } from '../../src/core/event-log.js';
import type { Logger } from '../../src/core/logger.js';
import { configuredTopics, type PublishDeps } from './follower.js';
import { KafkaPublisher, type KafkaSettings } from './publish.js';
import { RememberedSubmissions } from './submissions.js';

export interface Installation {
  config: { kafka?: KafkaSettings; publicUrl: string };
  log: EventLog;
  councils: Councils;
  logger: Logger;
}

/** Publishing as this installation is configured; undefined where it names no brokers. Connects when first used. */
export function openPublishing({ config, log, councils, logger }: Installation) {
  const { kafka, publicUrl } = config;
  if (!kafka) return undefined;
  const publisher = new KafkaPublisher(kafka, logger);
  const topicsOf = configuredTopics(councils, kafka);
  const publishing: PublishDeps & { stop(): Promise<void> } = {
    log,
    publicUrl,
    submissions: new RememberedSubmissions(),
    topicsOf,
    send: (events) => publisher.send(events),
    // A send to a silent broker would outlast the time that a process has to stop.
    stop: () => publisher.stop(),
  };
  return publishing;
}
