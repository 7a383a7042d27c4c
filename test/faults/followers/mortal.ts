import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Whether the process dies before what it asks for happens, or after it has and before it learns so. */
export type Side = 'before' | 'after';

export interface Mortal {
  url: string;
  /** Requests that came through. */
  requests: number;
  /** The request at which it ended; undefined while it lives. */
  diedAt: string | undefined;
  /** Resolves when it has ended. */
  died: Promise<void>;
  close(): void;
}

/** Commands of the driver's own housekeeping: nothing of ours waits for them. */
const HOUSEKEEPING = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions', 'killCursors']);
/** MongoDB's wire protocol: OP_MSG, and where its body's first member has its name. */
const OP_MSG = 2013;
const NAME_AT = 16 + 4 + 1 + 4 + 1;

/**
 * A way to MongoDB that ends at the n-th request, before or after it took effect: from then on not a byte gets through,
 * in either direction, on any connection. To whoever is at the other end it is as if the process had been killed there.
 */
export async function mortalWay(target: number, nth: number, side: Side): Promise<Mortal> {
  let die = () => {};
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1').setNoDelay();
    near.setNoDelay();
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (near.destroy(), far.destroy()));
    }
    let dying = false;
    let rest: Buffer = Buffer.alloc(0);
    near.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
        const message = rest.subarray(0, rest.readInt32LE(0));
        rest = rest.subarray(message.length);
        if (way.diedAt !== undefined) continue;
        const command = commandOf(message);
        if (command !== undefined) way.requests += 1;
        const last = command !== undefined && way.requests === nth;
        if (last && side === 'before') return end(command);
        if (last) dying = true;
        far.write(message);
      }
    });
    far.on('data', (bytes: Buffer) => {
      if (dying) return end('reply');
      if (way.diedAt === undefined) near.write(bytes);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = (what: string) => {
    way.diedAt ??= what;
    die();
  };
  const way: Mortal = {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`,
    requests: 0,
    diedAt: undefined,
    died: new Promise((resolve) => (die = resolve)),
    close() {
      way.diedAt ??= 'closed';
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
  return way;
}

function commandOf(message: Buffer): string | undefined {
  if (message.readInt32LE(12) !== OP_MSG) return undefined;
  const name = message.toString('latin1', NAME_AT, message.indexOf(0, NAME_AT));
  return HOUSEKEEPING.has(name) ? undefined : name;
}
