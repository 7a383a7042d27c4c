import PostalMime from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import type { Mailbox } from './mailbox.js';

const MAX_MAIL = 25 * 1024 * 1024;

class Refusal extends Error {
  constructor(
    readonly responseCode: number,
    message: string,
  ) {
    super(message);
  }
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read all the same: a client listens for an answer only at the end.
    if (size <= MAX_MAIL) chunks.push(chunk);
  }
  if (size > MAX_MAIL) throw new Refusal(552, 'Message exceeds the fixed maximum message size');
  return Buffer.concat(chunks);
}

/** Parses a mail and keeps it; resolves once it is on disk. */
async function receive(mailbox: Mailbox, recipients: readonly string[], stream: SMTPServerDataStream): Promise<void> {
  const { subject = '', text = '', html = '' } = await PostalMime.parse(await readAll(stream));
  mailbox.add(recipients, { subject, text, html });
}

/** An SMTP server for a developer's machine: takes every mail, delivers none. */
export function smtpServer(mailbox: Mailbox): SMTPServer {
  return new SMTPServer({
    banner: 'Frontdoor development mailbox',
    // Its built-in TLS key is public, so there is no TLS to pretend with.
    disabledCommands: ['STARTTLS', 'AUTH'],
    hideSTARTTLS: true,
    authOptional: true,
    disableReverseLookup: true,
    size: MAX_MAIL,
    logger: false,
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      receive(mailbox, recipients, stream).then(
        () => done(),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
}
