import PostalMime, { type Email } from 'postal-mime';
import { namedMailServer } from '../support/engines.js';
import { startMailServer, type Postmaster, type Reception } from './mail-server.js';
import { startMailServerElsewhere } from './mail-server-elsewhere.js';

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

/** A mail server that misbehaves as a test says: in this process, or in the one that SMTP_TEST_CONTROL names. */
export async function openPostOffice(port = 0): Promise<PostOffice> {
  const postmaster: Postmaster = {
    receive: async (address) => office.receive((office.tries += 1), address),
    received: async (mail) => void office.received.push(await PostalMime.parse(mail)),
  };
  const elsewhere = namedMailServer();
  const server = elsewhere
    ? await startMailServerElsewhere(elsewhere, port, postmaster)
    : await startMailServer(port, postmaster);
  const office: PostOffice = {
    url: `smtp://127.0.0.1:${server.port}`,
    port: server.port,
    received: [],
    tries: 0,
    receive: () => 'take',
    stop: () => server.stop(),
  };
  return office;
}
