import { parseArgs } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { RunningServer, ServerOptions, startServer } from './server.js';

type Report = { ready: true; port: number } | { ready: false; error: string };

/** Tells whoever started this, as a line of JSON or as a message from a worker thread. */
function report(message: Report): void {
  if (parentPort) parentPort.postMessage(message);
  else console.log(JSON.stringify(message));
}

function readOptions(argv: string[], env: NodeJS.ProcessEnv): ServerOptions {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: 'string', default: '2113' },
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      'tls-cert': { type: 'string' },
      'tls-key': { type: 'string' },
    },
  });
  const { port, data: folder, host, 'tls-cert': certFile, 'tls-key': keyFile } = values;
  const { EVENT_STORE_USER: user, EVENT_STORE_PASSWORD: password } = env;
  if (!folder) throw new Error('Say where the data is: --data DIR');
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error(`--port ${port} is not a port.`);
  const tls = certFile && keyFile ? { certFile, keyFile } : undefined;
  const account = user && password ? { user, password } : undefined;
  if (!['127.0.0.1', '::1', 'localhost'].includes(host) && !(tls && account)) {
    throw new Error(
      `Listening on ${host} needs --tls-cert and --tls-key, and EVENT_STORE_USER and EVENT_STORE_PASSWORD: ` +
        'anyone who can reach the store may read and write everything.',
    );
  }
  if (account && !tls) {
    throw new Error('Credentials need --tls-cert and --tls-key: clients do not send them over an insecure connection.');
  }
  return { folder, host, port: Number(port), tls, account };
}

function stopOnRequest(server: RunningServer): void {
  const stop = () => void server.stop().finally(() => process.exit(0));
  if (parentPort) {
    parentPort.on('message', (message) => {
      if (message === 'stop') stop();
    });
  } else {
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  }
}

try {
  const argv = parentPort ? (workerData as { argv: string[] }).argv : process.argv.slice(2);
  const server = await startServer(readOptions(argv, process.env));
  stopOnRequest(server);
  report({ ready: true, port: server.port });
} catch (error) {
  report({ ready: false, error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
  if (parentPort) process.exit(1);
}
