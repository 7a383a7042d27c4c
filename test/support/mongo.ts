import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { dist } from './dist.js';
import { freePort } from './free-port.js';

export interface StartedMongo {
  port: number;
  pid: number;
  url: string;
  dataDir: string;
  /** Ends the process at once (SIGKILL unless told otherwise) and waits until it is gone. */
  kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** Ends the process in good order. */
  stop: () => Promise<void>;
}

/** Starts a compiled embedded server as a process of its own and reads what it says when it is ready. */
export async function launch(
  main: string,
  args: string[],
): Promise<{ child: ChildProcess; ready: Record<string, unknown> }> {
  const child = spawn(process.execPath, ['--enable-source-maps', join(dist, 'src/embedded', main), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line) as Record<string, unknown>;
    if (ready.ready !== true) {
      await once(child, 'exit');
      throw new Error(String(ready.error));
    }
    // A test that fails before it stops its server must not keep jest waiting, nor leave the server behind.
    child.unref();
    (child.stdout as Socket).unref();
    process.once('exit', () => child.kill('SIGKILL'));
    return { child, ready };
  }
  throw new Error(`${main} ended without a word (exit code ${child.exitCode})`);
}

/** A way to end a child with a signal and wait for its exit. */
export const killer =
  (child: ChildProcess) =>
  async (signal: NodeJS.Signals = 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    // Launched unreferenced: whoever waits for its end must not end first.
    child.ref();
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };

/** Starts the embedded MongoDB stand-in on a free port, on a new folder unless one is given. */
export async function startMongo(options: { dataDir?: string; args?: string[] } = {}): Promise<StartedMongo> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'frontdoor-mongo-'));
  // May be started there again: no outgoing connection is to have taken the port meanwhile.
  const anywhere = ['--port', String(await freePort())];
  const { child, ready } = await launch('mongo/main.js', [...anywhere, '--data', dataDir, ...(options.args ?? [])]);
  const port = Number(ready.port);
  const kill = killer(child);
  return {
    port,
    pid: child.pid!,
    url: `mongodb://127.0.0.1:${port}/?directConnection=true`,
    dataDir,
    kill,
    stop: () => kill('SIGTERM'),
  };
}
