import { createTransport } from 'nodemailer';
import { isAboutMail, isTransient } from '../../src/core/transient-errors.js';
import type { ComposedMail } from './compose.js';

/** How long one try may take altogether, in milliseconds: below the ledger's LEASE. */
const SEND_TIMEOUT = 60_000;
/** A mail server that says nothing for so long is not there. */
const SILENCE = 20_000;

export interface MailTransport {
  send(mail: ComposedMail, stop: AbortSignal): Promise<void>;
  close(): void;
}

/** Connections to the mail server of an SMTP URL, at most `connections` at once, kept open between mails. */
export function smtpTransport(url: string, connections: number): MailTransport {
  const timeouts = { connectionTimeout: SILENCE, greetingTimeout: SILENCE, socketTimeout: SILENCE };
  const local = { disableFileAccess: true, disableUrlAccess: true };
  // The ledger tries again and counts; the pool itself only replaces a connection that was closed while idle.
  const pool = { pool: true as const, maxConnections: connections, maxRequeues: 1 };
  const transport = createTransport({ url, ...pool, ...timeouts, ...local });
  return {
    async send({ to, council, subject, text, html, messageId, date }, stop) {
      const { fromName, fromAddress, replyTo } = council.mail;
      await transport.sendMail({
        from: { name: fromName, address: fromAddress },
        to: { name: '', address: to },
        ...(replyTo && { replyTo }),
        subject,
        text,
        html,
        messageId,
        date,
        xMailer: false,
        headers: {
          'Auto-Submitted': 'auto-generated',
          'X-Auto-Response-Suppress': 'All',
          'Content-Language': 'en-GB',
        },
        signal: AbortSignal.any([stop, AbortSignal.timeout(SEND_TIMEOUT)]),
      });
    },
    close: () => transport.close(),
  };
}

/** Rejects where the mail server cannot be reached, or refuses the log-in. */
export async function mailServerAnswers(url: string, patience: number): Promise<void> {
  const timeouts = { connectionTimeout: patience, greetingTimeout: patience, socketTimeout: patience };
  const transport = createTransport({ url, ...timeouts });
  try {
    await transport.verify();
  } finally {
    transport.close();
  }
}

/** What a failed try says of the mail. `problem` quotes nothing that the server said, for it may name the address. */
export interface Refusal {
  permanent: boolean;
  /** True where the server replied to this mail; false where it, or something else that is needed, was away. */
  aboutThisMail: boolean;
  problem: string;
  /** The server's reply, as SMTP code; null where there was none. */
  code: number | null;
}

/** Judges what a try threw: whether to try again, and what to tell staff. */
export function refusalOf(error: unknown): Refusal {
  const { responseCode, response, command, code, name } = error as Error & {
    responseCode?: number;
    response?: string;
    command?: string;
    code?: string;
  };
  if (responseCode) {
    // Of RFC 3463: "550 5.1.1 …" or "550-5.1.1 …".
    const [, status] = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response ?? '') ?? [];
    const reply = status ? `${responseCode} ${status}` : `${responseCode}`;
    const problem = `the mail server answered ${reply} to ${command ?? 'a command'}`;
    return { permanent: !isTransient(error), aboutThisMail: isAboutMail(command), problem, code: responseCode };
  }
  const known = code !== undefined && /^[A-Z_]+$/.test(code) ? code : name;
  return { permanent: false, aboutThisMail: false, problem: `not sent: ${known}`, code: null };
}
