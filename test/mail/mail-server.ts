import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** What becomes of a mail: taken, refused with an SMTP code, or the server hangs up before or after it has it. */
export type Reception = 'take' | 'hang up before DATA' | 'hang up after DATA' | { at: 'RCPT' | 'DATA'; code: number };

/** Who says how mails are received; the server waits for the answer, and is as slow as that. */
export interface Postmaster {
  receive(address: string): Promise<Reception>;
  /** Told of each mail that came whole, before the server says anything to it. */
  received(mail: Buffer): Promise<void>;
}

export interface MailServer {
  port: number;
  stop(): Promise<void>;
}

/** A mail server (`smtp-server`) that misbehaves as its postmaster says, on a port of loopback; 0: a free one. */
export async function startMailServer(port: number, postmaster: Postmaster): Promise<MailServer> {
  const receptions = new Map<string, Reception>();
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo({ address }, session, done) {
      void postmaster.receive(address).then((reception) => {
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
        void postmaster.received(Buffer.concat(chunks)).then(() => {
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
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** As mail servers do, it names the address in what it says. */
function refusal(responseCode: number, address: string): Error {
  return Object.assign(new Error(`${Math.floor(responseCode / 100)}.1.1 <${address}> is not taken`), { responseCode });
}
