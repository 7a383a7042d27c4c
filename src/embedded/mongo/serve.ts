import { parentPort, workerData } from 'node:worker_threads';

/** A started server: what to tell whoever started it, and how to end it. */
export interface Running {
  ready: Record<string, unknown>;
  stop: () => Promise<void>;
}

const argumentsGiven = (): string[] =>
  parentPort === null ? process.argv.slice(2) : ((workerData as { argv?: string[] } | null)?.argv ?? []);

function tell(message: Record<string, unknown>): void {
  if (parentPort === null) process.stdout.write(`${JSON.stringify(message)}\n`);
  else parentPort.postMessage(message);
}

/**
 * Runs a server as a process of its own or in a worker thread. Says `{"ready":true,…}` once it answers, or
 * `{"ready":false,"error":"…"}` and exit code 1; ends on SIGTERM, SIGINT or the message "stop".
 */
export async function serve(start: (argv: string[]) => Promise<Running>): Promise<void> {
  try {
    const { ready, stop } = await start(argumentsGiven());
    let stopping = false;
    const end = (): void => {
      if (stopping) return;
      stopping = true;
      stop().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    if (parentPort === null) for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
    else parentPort.on('message', (message) => message === 'stop' && end());
    tell({ ready: true, ...ready });
  } catch (error) {
    tell({ ready: false, error: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
    // A worker's message has to leave before the thread does.
    setTimeout(() => process.exit(1), 50);
  }
}

/** Throws unless the host is this machine itself: these servers ask nobody who they are. */
export function checkLoopback(host: string): void {
  if (!['127.0.0.1', '::1', 'localhost'].includes(host))
    throw new Error(`an embedded server listens on loopback only, not on ${host}`);
}

/** A whole number among the arguments. */
export function numberFrom(value: string, name: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} needs a whole number, not "${value}"`);
  return number;
}
