import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../cache.js';
import { engineSources } from '../places.js';
import { fetched } from '../program.js';
import { need } from '../tools.js';

/** Versity's S3 gateway: an S3 server on a plain folder that verifies every signature. From the Go proxy, built once. */
const MODULE = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

export const ACCESS = 'frontdoor-test';
/** With characters in it that a URL has to encode. */
export const SECRET = 'a/secret+of=tests';
export const BUCKET = 'referral-files';

export class VersityGateway {
  private child?: ChildProcess;
  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly port: number,
  ) {}

  /** Throws Unavailable where it cannot be built here. */
  static async start(): Promise<VersityGateway> {
    await need(['go']);
    const built = await cached('versitygw', [join(engineSources, 's3/versitygw.ts')], async (into) => {
      const env = { GOBIN: into, GOTOOLCHAIN: 'local', GOFLAGS: '-modcacherw', GOPATH: join(into, 'go') };
      await fetched('go', ['install', MODULE], { env });
      rmSync(join(into, 'go'), { recursive: true, force: true });
    });
    const folder = mkdtempSync(join(tmpdir(), 's3-'));
    for (const name of ['buckets', 'sidecar']) mkdirSync(join(folder, name));
    mkdirSync(join(folder, 'buckets', BUCKET));
    const gateway = new VersityGateway(join(built, 'versitygw'), folder, await freePort());
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

  async resume(): Promise<void> {
    const access = ['--access', ACCESS, '--secret', SECRET, '--region', 'eu-west-2'];
    const storage = ['posix', '--sidecar', join(this.folder, 'sidecar'), join(this.folder, 'buckets')];
    const args = ['--quiet', '--port', `127.0.0.1:${this.port}`, ...access, ...storage];
    const child = spawn(this.program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    let said = '';
    for (const output of [child.stdout, child.stderr]) output.on('data', (text: Buffer) => (said += text.toString()));
    for (let tries = 0; tries < 100; tries += 1) {
      if (child.exitCode !== null) throw new Error(`versitygw ended with code ${child.exitCode}: ${said}`);
      const up = await fetch(`http://127.0.0.1:${this.port}/`).catch(() => undefined);
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`versitygw did not come up within 10 s: ${said}`);
  }

  async pause(): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async stop(): Promise<void> {
    await this.pause();
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
