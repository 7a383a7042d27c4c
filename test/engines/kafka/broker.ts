import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../support/free-port.js';
import { Daemon } from '../daemon.js';
import { takesConnections } from '../takes-connections.js';

/** Where a broker listens on loopback. */
interface Place {
  port: number;
  controller: number;
  /** Where it tells clients that it is, if there is something in between. */
  advertised?: number;
}

const place = async (): Promise<Place> => ({ port: await freePort(), controller: await freePort() });

/** A broker of Apache Kafka in KRaft mode, which is a controller too, on loopback. */
export class Broker {
  private constructor(
    private readonly daemon: Daemon,
    private readonly folder: string,
    readonly address: string,
  ) {}

  /** One alone. `between` puts something between it and its clients: it is given the port, and gives another. */
  static async start(jars: string, between?: (port: number) => Promise<number>): Promise<Broker> {
    const own = await place();
    const advertised = await between?.(own.port);
    const broker = await Broker.prepare(jars, [{ ...own, ...(advertised && { advertised }) }], 0);
    await broker.run();
    return broker;
  }

  /** So many that are one cluster; node 1 comes first. */
  static async startCluster(jars: string, size: number): Promise<Broker[]> {
    const places: Place[] = [];
    while (places.length < size) places.push(await place());
    const brokers = await Promise.all(places.map((_, nth) => Broker.prepare(jars, places, nth)));
    // Each is up once a majority of them is.
    await Promise.all(brokers.map((broker) => broker.run()));
    return brokers;
  }

  private static async prepare(jars: string, places: readonly Place[], nth: number): Promise<Broker> {
    const folder = mkdtempSync(join(tmpdir(), 'frontdoor-kafka-'));
    const { port, advertised = port } = places[nth]!;
    const file = join(folder, 'server.properties');
    writeFileSync(file, properties(folder, places, nth));
    const java = ['-Xmx384m', '-cp', join(jars, '*')];
    const format = ['format', '--cluster-id', 'MkU3OEVBNTcwNTJENDM2Qk', '--config', file];
    await promisify(execFile)('java', [...java, 'kafka.tools.StorageTool', ...format]);
    const daemon = new Daemon('java', [...java, 'kafka.Kafka', file], () => takesConnections(port), 90_000, folder);
    return new Broker(daemon, folder, `127.0.0.1:${advertised}`);
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

function properties(folder: string, places: readonly Place[], nth: number): string {
  const { port, controller, advertised = port } = places[nth]!;
  // Of several, a majority must have what is acknowledged.
  const [copies, inSync] = places.length > 1 ? ['3', '2'] : ['1', '1'];
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': String(nth + 1),
    'controller.quorum.voters': places.map((one, n) => `${n + 1}@127.0.0.1:${one.controller}`).join(),
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertised}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'data'),
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'group.initial.rebalance.delay.ms': '0',
    // A controller that is frozen is asked no longer than this by the other brokers (left alone, for 30 s).
    'controller.socket.timeout.ms': '5000',
    'auto.create.topics.enable': 'false',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
