import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { Daemon } from '../daemon.js';
import { need } from '../tools.js';

export interface Signatures {
  /** Found wherever these bytes are, in whatever clamd can unpack. */
  body: string;
  /** Found where this is the whole file. */
  file: Buffer;
}

/** Debian's ClamAV daemon with signatures of the test's own: nothing is downloaded but the package. */
export class Clamd {
  private constructor(
    private readonly daemon: Daemon,
    private readonly folder: string,
    readonly tcp: string,
    readonly unix: string,
  ) {}

  /** Throws Unavailable where it is not on this machine and cannot be brought. */
  static async start(signatures: Signatures, settings: readonly string[] = []): Promise<Clamd> {
    await need(['clamd'], ['clamav-daemon']);
    const folder = mkdtempSync(join(tmpdir(), 'clamd-'));
    const port = await freePort();
    const md5 = createHash('md5').update(signatures.file).digest('hex');
    const body = Buffer.from(signatures.body).toString('hex');
    writeFileSync(join(folder, 'test.ndb'), `Frontdoor.Body-1:0:*:${body}\n`);
    writeFileSync(join(folder, 'test.hdb'), `${md5}:${signatures.file.length}:Frontdoor.File-1\n`);
    const socket = join(folder, 'clamd.ctl');
    const lines = [
      'Foreground yes',
      `DatabaseDirectory ${folder}`,
      `LocalSocket ${socket}`,
      'FixStaleSocket yes',
      'TCPAddr 127.0.0.1',
      `TCPSocket ${port}`,
      `LogFile ${join(folder, 'clamd.log')}`,
      ...settings,
    ];
    writeFileSync(join(folder, 'clamd.conf'), `${lines.join('\n')}\n`);
    const daemon = new Daemon('clamd', ['--config-file', join(folder, 'clamd.conf')], async () => existsSync(socket));
    const clamd = new Clamd(daemon, folder, `tcp://127.0.0.1:${port}`, `unix:${socket}`);
    await clamd.resume();
    return clamd;
  }

  /** Starts it again where it was. */
  resume(): Promise<void> {
    return this.daemon.resume();
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.daemon.end();
    rmSync(this.unix.slice('unix:'.length), { force: true });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
