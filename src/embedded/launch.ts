import { Worker } from 'node:worker_threads';

/** A stand-in that is up. */
export interface Embedded {
  port: number;
  /** The mailbox page's port, where it is the mail server. */
  httpPort?: number;
  stop(): Promise<void>;
}

type Ready = { ready: true; port: number; httpPort?: number } | { ready: false; error: string };

/** New objects of a stand-in take this much at most, in MB: half of what V8 would, at the same rate of saves. */
const NEW_OBJECTS = 24;
/** Stops that take longer than this are not waited for, in milliseconds. */
const PATIENCE = 5_000;

/**
 * Starts a stand-in on a thread of its own, away from the event loop that answers people: its storage syncs to disk
 * with synchronous calls. It listens on loopback, on a free port, and ends with this process however that ends.
 */
export function launch(name: 'event-store' | 'mongo' | 'smtp', dataDir: string): Promise<Embedded> {
  const argv = ['--port', '0', '--data', dataDir, ...(name === 'smtp' ? ['--http-port', '0'] : [])];
  const worker = new Worker(new URL(`./${name}/main.js`, import.meta.url), {
    workerData: { argv },
    resourceLimits: { maxYoungGenerationSizeMb: NEW_OBJECTS },
  });
  const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The embedded ${name} ended with code ${code}.`)));
    worker.once('message', (message: Ready) => {
      if (!message.ready) return reject(new Error(`The embedded ${name} did not start: ${message.error}`));
      resolve({
        port: message.port,
        httpPort: message.httpPort,
        async stop() {
          worker.postMessage('stop');
          const patience = setTimeout(() => void worker.terminate(), PATIENCE);
          await exited;
          clearTimeout(patience);
        },
      });
    });
  });
}
