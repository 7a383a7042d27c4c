import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../engine.js';
import { repository } from '../places.js';
import { serve } from '../program.js';

/** A mail server in a process of its own that answers 451 and 550, hangs up, is slow or away, as each test says. */
export const mailServer: Engine = {
  name: 'SMTP',
  suites: ['mail'],
  async prepare() {
    const read = readFileSync(join(repository, 'node_modules/smtp-server/package.json'), 'utf8');
    const { version } = JSON.parse(read) as { version: string };
    return `smtp-server ${version}, a process of its own with faults on demand: 451, 550, hung up before and after DATA, slow`;
  },
  async start() {
    const server = await serve(process.execPath, [join(import.meta.dirname, 'main.js')]);
    return { pointers: { SMTP_TEST_CONTROL: server.address }, stop: () => server.stop() };
  },
};
