import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { deserialize, serialize, type Document } from 'bson';

/** Changes a reply; undefined cuts the connection in its place. */
export type ChangeReply = (command: string, reply: Document) => Document | undefined;

export interface Replies {
  url: string;
  /** Given every reply from now on. */
  change: ChangeReply;
  /** Given every command from now on: it goes on its way when this has resolved. */
  hold: (command: string, body: Document) => Promise<unknown> | undefined;
  close(): void;
}

/** MongoDB's OP_MSG: a header of four numbers, the flags, and a section of kind 0 with the command or the reply. */
const OP_MSG = 2013;
const BODY_AT = 16 + 4 + 1;

/** A way to a MongoDB server on which a test holds commands up, and changes what the server replies. */
export async function startReplies(port: number): Promise<Replies> {
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    sockets.push(near, far);
    /** The commands that wait for a reply, by the number of their message. */
    const asked = new Map<number, string>();
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    near.on(
      'data',
      messages((message) => {
        const body = message.readInt32LE(12) === OP_MSG ? bodyOf(message) : {};
        const [command] = Object.keys(body);
        if (command) asked.set(message.readInt32LE(4), command);
        const held = command ? replies.hold(command, body) : undefined;
        // A connection waits for a reply before it sends the next command.
        if (held) void held.then(() => far.write(message));
        else far.write(message);
      }),
    );
    far.on(
      'data',
      messages((message) => {
        const command = asked.get(message.readInt32LE(8));
        if (!command) return void near.write(message);
        const reply = replies.change(command, bodyOf(message));
        if (!reply) return void near.destroy();
        const body = serialize(reply);
        const changed = Buffer.concat([message.subarray(0, BODY_AT), body]);
        changed.writeInt32LE(changed.length);
        near.write(changed);
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const replies: Replies = {
    url: `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`,
    change: (_command, reply) => reply,
    hold: () => undefined,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
  return replies;
}

/** Calls with each whole message of a connection. */
function messages(onMessage: (message: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 4 && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0));
      rest = rest.subarray(message.length);
      onMessage(message);
    }
  };
}

/** The command or the reply; further sections hold documents of a command only. */
function bodyOf(message: Buffer): Document {
  const body = message.subarray(BODY_AT, BODY_AT + message.readInt32LE(BODY_AT));
  return deserialize(body, { promoteLongs: false, promoteValues: false });
}
