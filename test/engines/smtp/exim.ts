import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import PostalMime, { type Email } from 'postal-mime';
import { freePort } from '../../support/free-port.js';
import { Daemon } from '../daemon.js';
import { Unavailable } from '../engine.js';
import { takesConnections } from '../takes-connections.js';
import { need } from '../tools.js';

/** Throws Unavailable where Exim cannot be run. */
export async function needExim(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Unavailable('Exim takes a configuration of the test’s own from root alone');
  await need(['exim4'], ['exim4-daemon-light']);
}

/**
 * Debian's Exim on loopback. Greylists `greylisted@…`: what comes again a second later is taken. Has no mailbox for
 * `refused@…`, and keeps what comes for anybody else in one maildir.
 */
export class Exim {
  private constructor(
    private readonly daemon: Daemon,
    private readonly folder: string,
    readonly url: string,
  ) {}

  static async start(): Promise<Exim> {
    await needExim();
    const folder = mkdtempSync(join(tmpdir(), 'frontdoor-exim-'));
    // Exim leaves root's rights behind, and is a user of its own from then on.
    chmodSync(folder, 0o777);
    const [port, file] = [await freePort(), join(folder, 'exim.conf')];
    writeFileSync(file, configuration(folder));
    const args = ['-C', file, '-bdf', '-oX', `127.0.0.1.${port}`, '-oP', join(folder, 'pid')];
    const daemon = new Daemon('exim4', args, () => takesConnections(port));
    await daemon.resume();
    return new Exim(daemon, folder, `smtp://127.0.0.1:${port}`);
  }

  /** Starts it again where it was. */
  resume(): Promise<void> {
    return this.daemon.resume();
  }

  kill(): Promise<void> {
    return this.daemon.end();
  }

  /** What it has delivered. */
  async delivered(): Promise<Email[]> {
    const raw = this.deliveredRaw();
    return Promise.all(raw.map((mail) => PostalMime.parse(mail)));
  }

  /** As it lies in the maildir. */
  deliveredRaw(): Buffer[] {
    const maildir = join(this.folder, 'mail/new');
    const names = existsSync(maildir) ? readdirSync(maildir) : [];
    return names.map((name) => readFileSync(join(maildir, name)));
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const configuration = (folder: string) => `
primary_hostname = mail.example.net
spool_directory = ${folder}/spool
log_file_path = ${folder}/%slog
keep_environment =
tls_advertise_hosts =
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = recipient
begin acl
recipient:
  deny    local_parts = refused
          message = 5.1.1 <$local_part@$domain> has no mailbox here
  defer   local_parts = greylisted
          !seen = -1s / key=$sender_address:$local_part@$domain
          message = 4.7.1 <$local_part@$domain> come again
  accept
begin routers
everybody:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  return_path_add
  user = Debian-exim
begin retry
`;
