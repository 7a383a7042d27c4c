import { hash } from 'node:crypto';
import type { TopicLog } from '../../../projections/kafka/topic-log.js';
import { isRootName, OtherRoot, PUBLIC_KEY, type KeptRoot, type RootPlace } from './places.js';

/**
 * A Kafka topic: it is only ever added to, so what was kept first stays the root of its name, and a public key that was
 * there stays there. Of one partition, never compacted, kept for good: whoever runs the brokers makes it so.
 */
export class TopicPlace implements RootPlace {
  /** By name, what was read of it so far: a hash of its text. */
  private readonly kept = new Map<string, string>();
  private keys = '';
  private next = 0n;

  constructor(private readonly topic: TopicLog) {}

  async keep(name: string, text: string): Promise<void> {
    await this.readOn();
    const there = this.kept.get(name);
    if (there === undefined) return this.topic.add(name, text);
    if (there !== digest(text)) throw new OtherRoot(name);
  }

  /** Two that differ under one name are both given: whoever verifies them says so. */
  async *roots(): AsyncGenerator<KeptRoot> {
    const given = new Map<string, string>();
    for await (const { key: name, text } of this.topic.texts()) {
      // Sent again where its acknowledgement was lost, it is there twice.
      if (!isRootName(name) || given.get(name) === digest(text)) continue;
      given.set(name, digest(text));
      yield { name, text };
    }
  }

  async publicKeys(): Promise<string> {
    await this.readOn();
    return this.keys;
  }

  async addPublicKey(pem: string): Promise<void> {
    if (!(await this.publicKeys()).includes(pem)) await this.topic.add(PUBLIC_KEY, pem);
  }

  private async readOn(): Promise<void> {
    for await (const { key, text, offset } of this.topic.texts(this.next)) {
      if (key === PUBLIC_KEY) this.keys += text;
      else if (!this.kept.has(key)) this.kept.set(key, digest(text));
      this.next = offset + 1n;
    }
  }
}

function digest(text: string): string {
  return hash('sha256', text, 'base64');
}
