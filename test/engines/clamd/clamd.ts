import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { need } from '../tools.js';

export interface Signatures {
  /** Found wherever these bytes are, in whatever clamd can unpack. */
  body: string;
  /** Found where this is the whole file. */
  file: Buffer;
}

/** Debian's ClamAV daemon with signatures of the test's own: nothing is downloaded but the package. */
export class Clamd {
  private child?: ChildProcess;
  private constructor(
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
    const clamd = new Clamd(folder, `tcp://127.0.0.1:${port}`, `unix:${socket}`);
    await clamd.resume();
    return clamd;
  }

  /** Starts it again where it was. */
  async resume(): Promise<void> {
    const child = spawn('clamd', ['--config-file', join(this.folder, 'clamd.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => (said += text.toString()));
    const socket = this.unix.slice('unix:'.length);
    for (let tries = 0; tries < 300; tries += 1) {
      if (child.exitCode !== null) throw new Error(`clamd ended with code ${child.exitCode}: ${said}`);
      if (existsSync(socket)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`clamd did not come up within 30 s: ${said}`);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    rmSync(this.unix.slice('unix:'.length), { force: true });
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
