import type { AddressInfo, Server } from 'node:net';
import { parseArgs } from 'node:util';
import { checkLoopback, numberFrom, serve, type Running } from '../mongo/serve.js';
import { Mailbox } from './mailbox.js';
import { smtpServer } from './receive.js';
import { mailboxServer } from './web.js';

const OPTIONS = {
  port: { type: 'string', default: '1025' },
  'http-port': { type: 'string', default: '1080' },
  host: { type: 'string', default: '127.0.0.1' },
  data: { type: 'string' },
} as const;

const listening = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => resolve((server.address() as AddressInfo).port));
  });

async function start(argv: string[]): Promise<Running> {
  const { values } = parseArgs({ args: argv, options: OPTIONS });
  if (values.data === undefined) throw new Error('--data needs the folder to keep the mail in');
  checkLoopback(values.host);
  const [port, httpPort] = [numberFrom(values.port, 'port'), numberFrom(values['http-port'], 'http-port')];

  const mailbox = await Mailbox.open(values.data);
  const smtp = smtpServer(mailbox);
  const web = mailboxServer(mailbox);
  // Without a listener, a client that hangs up in the middle would end the process.
  smtp.on('error', () => undefined);
  const ports = [listening(smtp.server), listening(web)];
  smtp.listen(port, values.host);
  web.listen(httpPort, values.host);
  const [smtpPort, webPort] = await Promise.all(ports);

  const stop = async (): Promise<void> => {
    const closed = [
      new Promise<void>((resolve) => smtp.close(resolve)),
      new Promise<void>((resolve) => web.close(() => resolve())),
    ];
    web.closeAllConnections();
    for (const connection of smtp.connections) connection.close();
    await Promise.all(closed);
    mailbox.close();
  };
  return { ready: { port: smtpPort, httpPort: webPort }, stop };
}

await serve(start);
