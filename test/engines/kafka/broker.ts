import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../support/free-port.js';
import { Daemon } from '../daemon.js';
import { takesConnections } from '../takes-connections.js';

/** One broker of Apache Kafka in KRaft mode, which is its own controller, on loopback. */
export class Broker {
  private constructor(
    private readonly daemon: Daemon,
    private readonly folder: string,
    readonly address: string,
  ) {}

  static async start(jars: string): Promise<Broker> {
    const folder = mkdtempSync(join(tmpdir(), 'frontdoor-kafka-'));
    const [port, controller] = [await freePort(), await freePort()];
    writeFileSync(join(folder, 'server.properties'), properties(folder, port, controller));
    const java = ['-Xmx384m', '-cp', join(jars, '*')];
    const format = ['format', '--cluster-id', 'MkU3OEVBNTcwNTJENDM2Qk', '--config', join(folder, 'server.properties')];
    await promisify(execFile)('java', [...java, 'kafka.tools.StorageTool', ...format]);
    const args = [...java, 'kafka.Kafka', join(folder, 'server.properties')];
    const daemon = new Daemon('java', args, () => takesConnections(port), 60_000, folder);
    const broker = new Broker(daemon, folder, `127.0.0.1:${port}`);
    await broker.run();
    return broker;
  }

  /** Starts it, again or for the first time, on what it holds; resolves when it takes connections. */
  run(): Promise<void> {
    return this.daemon.resume();
  }

  /** Ends it, as a crash would unless told otherwise; what it holds stays. */
  end(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    return this.daemon.end(signal);
  }

  freeze(): void {
    this.daemon.signal('SIGSTOP');
  }

  thaw(): void {
    this.daemon.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
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
