import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dist } from './dist.js';
import { namedEventStore } from './engines.js';
import { freePort } from './free-port.js';

export interface RunningEventStore {
  port: number;
  /** A connection string for the official client. */
  url: string;
  dataDir: string;
  /** Ends the process as a crash would, and waits until it is gone. The data stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends the process in good order; removes the data folder if it was made here. */
  stop(): Promise<void>;
}

export interface EventStoreOptions {
  /** A folder to keep; without one, a temporary folder is used. */
  dataDir?: string;
  /** Any that is free where none is given: it may be started there again. */
  port?: number;
  /** The largest file the process may write, in blocks of 512 bytes: a disk that gets full. */
  fileBlocks?: number;
}

const PROGRAM = join(dist, 'src/embedded/event-store/main.js');

/** Starts the embedded event store as a process of its own, and waits until it serves. */
export async function startEventStore(options: EventStoreOptions = {}): Promise<RunningEventStore> {
  const named = namedEventStore();
  // A store that was started elsewhere is not ours to kill.
  if (named) return { ...named, port: Number(new URL(named.url).port), dataDir: '', kill: named.stop };
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'event-store-')));
  const child = launch(dataDir, options.port ?? (await freePort()), options.fileBlocks);
  const port = await readiness(child);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return {
    port,
    url: `esdb://127.0.0.1:${port}?tls=false`,
    dataDir,
    kill,
    async stop() {
      await kill('SIGTERM');
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function launch(dataDir: string, port: number, fileBlocks: number | undefined): ChildProcess {
  const args = [PROGRAM, '--port', String(port), '--data', dataDir];
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  // Jest's own Node options are not meant for the program.
  const env = { ...process.env, NODE_OPTIONS: '' };
  if (fileBlocks === undefined) return spawn(process.execPath, args, { stdio, env });
  // With the signal ignored, a write beyond the limit fails the way it does on a full disk.
  const limited = `trap '' XFSZ; ulimit -f ${fileBlocks}; exec "$0" "$@"`;
  return spawn('sh', ['-c', limited, process.execPath, ...args], { stdio, env });
}

/** Reads the one line of JSON; rejects with the program's own words where it could not start. */
async function readiness(child: ChildProcess): Promise<number> {
  let complaints = '';
  child.stderr!.on('data', (text: Buffer) => (complaints += text.toString()));
  const line = await Promise.race([
    once(createInterface({ input: child.stdout! }), 'line').then(([text]) => String(text)),
    once(child, 'exit').then(() => undefined),
  ]);
  if (line === undefined) throw new Error(`The event store did not start: ${complaints}`);
  const report = JSON.parse(line) as { ready: boolean; port: number; error?: string };
  if (!report.ready) throw new Error(report.error);
  return report.port;
}
