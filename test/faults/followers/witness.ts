import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { deserialize } from 'bson';
import { CHECKPOINT } from '../../../projections/checkpoints.js';

export interface Witness {
  url: string;
  stop(): void;
}

/** MongoDB's wire protocol: OP_MSG, where its sections begin, and their two kinds. */
const OP_MSG = 2013;
const SECTIONS_AT = 16 + 4;
const BODY = 0;

/**
 * A way to MongoDB on which every checkpoint that a process writes is told, by its follower's name, before it is let
 * through.
 */
export async function startWitness(
  target: number,
  onCheckpoint: (follower: string) => Promise<void>,
): Promise<Witness> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1').setNoDelay();
    near.setNoDelay();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => (sockets.delete(one), other.destroy()));
    }
    far.pipe(near);
    let rest: Buffer = Buffer.alloc(0);
    let told: Promise<unknown> = Promise.resolve();
    near.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        const followers = checkpointsIn(message);
        told = told.then(() => Promise.all(followers.map(onCheckpoint))).then(() => far.write(message));
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Update {
  q: { _id: unknown };
}

/** The followers whose checkpoints a message writes. */
function checkpointsIn(message: Buffer): string[] {
  if (message.readInt32LE(12) !== OP_MSG) return [];
  let body: { update?: string; updates?: Update[] } = {};
  let sequence: Update[] = [];
  for (let at = SECTIONS_AT; at < message.length;) {
    const kind = message[at]!;
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (kind === BODY) body = deserialize(section);
    else sequence = documentsOf<Update>(section);
    at += 1 + size;
  }
  if (body.update === undefined) return [];
  const ids = [...(body.updates ?? []), ...sequence].map(({ q }) => q._id);
  if (body.update === 'checkpoints') return ids.map(String);
  // A read model's stands among its documents.
  return ids.includes(CHECKPOINT) ? [body.update] : [];
}

/** A section of further documents: its size, its name, and the documents one after the other. */
function documentsOf<T>(section: Buffer): T[] {
  const documents: T[] = [];
  for (let at = section.indexOf(0, 4) + 1; at < section.length;) {
    const document = section.subarray(at, at + section.readInt32LE(at));
    documents.push(deserialize(document) as T);
    at += document.length;
  }
  return documents;
}
