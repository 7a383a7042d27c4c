import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { startMailServer, type MailServer, type Postmaster, type Reception } from './mail-server.js';

// A mail server in one process, its postmaster in another: lines of JSON over a connection of its own. The server says
// where it listens, then asks; the postmaster answers. The server ends with the connection.

type Said = { open: number } | { at: number } | ({ ask: number } & Asked) | { answer: number; reception?: Reception };
type Asked = { address: string } | { mail: string };

/** Starts a mail server in the process that listens at `control`. */
export async function startMailServerElsewhere(
  control: number,
  port: number,
  postmaster: Postmaster,
): Promise<MailServer> {
  const socket = connect(control, '127.0.0.1').setNoDelay();
  await once(socket, 'connect');
  const answer = async (asked: Asked) => {
    if ('address' in asked) return { reception: await postmaster.receive(asked.address) };
    await postmaster.received(Buffer.from(asked.mail, 'base64'));
    return {};
  };
  say(socket, { open: port });
  const at = await new Promise<number>((resolve) => {
    hear(socket, (said) => {
      if ('at' in said) resolve(said.at);
      if ('ask' in said) void answer(said).then((given) => say(socket, { answer: said.ask, ...given }));
    });
  });
  const stop = async () => {
    socket.end();
    await once(socket, 'close');
  };
  return { port: at, stop };
}

/** Listens for postmasters, each of whom gets a mail server; gives the port. */
export async function awaitPostmasters(): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket.setNoDelay()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function serve(socket: Socket): Promise<void> {
  const open = new Map<number, (said: { reception?: Reception }) => void>();
  let asked = 0;
  const ask = (what: Asked) => {
    const id = (asked += 1);
    say(socket, { ask: id, ...what });
    return new Promise<{ reception?: Reception }>((resolve) => open.set(id, resolve));
  };
  const postmaster: Postmaster = {
    receive: async (address) => (await ask({ address })).reception!,
    received: async (mail) => void (await ask({ mail: mail.toString('base64') })),
  };
  const port = await new Promise<number>((resolve) => {
    hear(socket, (said) => {
      if ('open' in said) resolve(said.open);
      if ('answer' in said) open.get(said.answer)?.(said);
    });
  });
  const server = await startMailServer(port, postmaster);
  say(socket, { at: server.port });
  await Promise.race([once(socket, 'end'), once(socket, 'close')]);
  await server.stop();
  socket.end();
}

function say(socket: Socket, said: Said): void {
  socket.write(`${JSON.stringify(said)}\n`);
}

function hear(socket: Socket, listen: (said: Said) => void): void {
  // A process that was killed leaves its connection broken: the other end has nobody to tell.
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).on('line', (line) => listen(JSON.parse(line) as Said));
}
