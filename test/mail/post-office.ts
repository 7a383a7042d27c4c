import type { AddressInfo } from 'node:net';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** What the office does with a mail: takes it, refuses it with an SMTP code, or hangs up before or after it has it. */
export type Reception = 'take' | 'hang up before DATA' | 'hang up after DATA' | { at: 'RCPT' | 'DATA'; code: number };

export interface PostOffice {
  url: string;
  port: number;
  /** Mails the office has got whole, whatever it then said. */
  received: Email[];
  /** Tries that came as far as naming their recipient. */
  tries: number;
  /** How the n-th try (from 1) is received; `take` unless told otherwise. */
  receive: (nth: number, address: string) => Reception | Promise<Reception>;
  stop(): Promise<void>;
}

/** A mail server in this process that misbehaves as told. */
export async function openPostOffice(port = 0): Promise<PostOffice> {
  const receptions = new Map<string, Reception>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, session, done) {
      office.tries += 1;
      void Promise.resolve(office.receive(office.tries, address)).then((reception) => {
        receptions.set(session.id, reception);
        if (reception === 'hang up before DATA') return hangUp(session.id);
        done(typeof reception === 'object' && reception.at === 'RCPT' ? refusal(reception.code, address) : null);
      });
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const reception = receptions.get(session.id);
        if (typeof reception === 'object') return done(refusal(reception.code, session.envelope.rcptTo[0]!.address));
        void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
          office.received.push(mail);
          if (reception === 'take') return done();
          hangUp(session.id);
        });
      });
    },
  });
  const hangUp = (id: string) => {
    for (const connection of server.connections) {
      if ((connection as unknown as { session: { id: string } }).session.id === id) connection.close();
    }
  };
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const listening = (server.server.address() as AddressInfo).port;
  const office: PostOffice = {
    url: `smtp://127.0.0.1:${listening}`,
    port: listening,
    received: [],
    tries: 0,
    receive: () => 'take',
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
  return office;
}

/** As mail servers do, it names the address in what it says. */
function refusal(responseCode: number, address: string): Error {
  return Object.assign(new Error(`${Math.floor(responseCode / 100)}.1.1 <${address}> is not taken`), { responseCode });
}
