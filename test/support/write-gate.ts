import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a command begins with: its name is the first key of its document, a string element written as 0x02, name, 0x00. */
const WRITES = ['insert', 'update', 'delete'].map((command) => `\u0002${command}\u0000`);

/** A way to a MongoDB server on which writes wait until they are let through. */
export async function startWriteGate(port: number) {
  let reach = () => {};
  let open = () => {};
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  const sockets: Socket[] = [];
  const server = createServer((inward) => {
    const outward = connect(port, '127.0.0.1');
    sockets.push(inward, outward);
    for (const socket of [inward, outward]) socket.on('error', () => undefined);
    outward.pipe(inward);
    inward.on('data', (bytes: Buffer) => {
      if (!WRITES.some((write) => bytes.includes(write))) return void outward.write(bytes);
      reach();
      void opened.then(() => outward.write(bytes));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `mongodb://127.0.0.1:${(server.address() as AddressInfo).port}/?directConnection=true`;
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { url, reached, open: () => open(), close };
}
