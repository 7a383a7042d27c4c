import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killer, launch } from './mongo.js';

export interface StartedSmtp {
  port: number;
  httpPort: number;
  /** For nodemailer. */
  url: string;
  /** Where the mailbox is served, without a path. */
  httpUrl: string;
  dataDir: string;
  kill: (signal?: NodeJS.Signals) => Promise<void>;
  stop: () => Promise<void>;
}

/** Starts the embedded SMTP server and its mailbox page on free ports, on a new folder unless one is given. */
export async function startSmtp(options: { dataDir?: string; args?: string[] } = {}): Promise<StartedSmtp> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'frontdoor-smtp-'));
  const args = ['--port', '0', '--http-port', '0', '--data', dataDir, ...(options.args ?? [])];
  const { child, ready } = await launch('smtp/main.js', args);
  const [port, httpPort] = [Number(ready.port), Number(ready.httpPort)];
  const kill = killer(child);
  const [url, httpUrl] = [`smtp://127.0.0.1:${port}`, `http://127.0.0.1:${httpPort}`];
  return { port, httpPort, url, httpUrl, dataDir, kill, stop: () => kill('SIGTERM') };
}
