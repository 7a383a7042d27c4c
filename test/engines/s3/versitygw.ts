import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { Daemon } from '../daemon.js';
import { gatewayProgram } from './gateway.js';

export const ACCESS = 'frontdoor-test';
/** With characters in it that a URL has to encode. */
export const SECRET = 'a/secret+of=tests';
export const BUCKET = 'referral-files';

export class VersityGateway {
  private constructor(
    private readonly daemon: Daemon,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Throws Unavailable where it cannot be built here. */
  static async start(): Promise<VersityGateway> {
    const program = await gatewayProgram();
    const folder = mkdtempSync(join(tmpdir(), 's3-'));
    for (const name of ['buckets', 'sidecar']) mkdirSync(join(folder, name));
    mkdirSync(join(folder, 'buckets', BUCKET));
    const port = await freePort();
    const access = ['--access', ACCESS, '--secret', SECRET, '--region', 'eu-west-2'];
    const storage = ['posix', '--sidecar', join(folder, 'sidecar'), join(folder, 'buckets')];
    const args = ['--quiet', '--port', `127.0.0.1:${port}`, ...access, ...storage];
    const answers = () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      );
    const gateway = new VersityGateway(new Daemon(program, args, answers), folder, port);
    await gateway.resume();
    return gateway;
  }

  /** Where the objects lie, as files. */
  get objects(): string {
    return join(this.folder, 'buckets', BUCKET);
  }

  url({ secret = SECRET, bucket = BUCKET, prefix = '' } = {}): string {
    return `s3://${ACCESS}:${encodeURIComponent(secret)}@127.0.0.1:${this.port}/${bucket}${prefix}?tls=false&region=eu-west-2`;
  }

  resume(): Promise<void> {
    return this.daemon.resume();
  }

  pause(): Promise<void> {
    return this.daemon.end();
  }

  async stop(): Promise<void> {
    await this.pause();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
