import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** One broker of Apache Kafka in KRaft mode, which is its own controller, on loopback. */
export class Broker {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly classPath: string,
    private readonly folder: string,
    readonly address: string,
  ) {}

  static async start(jars: string): Promise<Broker> {
    const folder = mkdtempSync(join(tmpdir(), 'frontdoor-kafka-'));
    const [port, controller] = [await freePort(), await freePort()];
    writeFileSync(join(folder, 'server.properties'), properties(folder, port, controller));
    const broker = new Broker(join(jars, '*'), folder, `127.0.0.1:${port}`);
    const format = ['format', '--cluster-id', 'MkU3OEVBNTcwNTJENDM2Qk', '--config', join(folder, 'server.properties')];
    await promisify(execFile)('java', [...broker.java(), 'kafka.tools.StorageTool', ...format]);
    await broker.run();
    return broker;
  }

  /** Starts it, again or for the first time, on what it holds; resolves when it takes connections. */
  async run(): Promise<void> {
    const args = [...this.java(), 'kafka.Kafka', join(this.folder, 'server.properties')];
    const child = spawn('java', args, { stdio: 'ignore', cwd: this.folder });
    this.child = child;
    process.once('exit', () => child.kill('SIGKILL'));
    const port = Number(this.address.split(':')[1]);
    for (let tries = 0; tries < 600; tries += 1) {
      if (child.exitCode !== null) throw new Error(`Kafka ended with code ${child.exitCode}`);
      if (await takesConnections(port)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('Kafka did not take connections within a minute.');
  }

  /** Ends it, as a crash would unless told otherwise; what it holds stays. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** It neither answers nor hangs up: what a frozen machine looks like. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private java(): string[] {
    return ['-Xmx384m', '-cp', this.classPath];
  }
}

function properties(folder: string, port: number, controller: number): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const taken = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return taken;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
