import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../support/free-port.js';
import { need } from '../../engines/tools.js';

const INSTALLED = '/usr/lib/postgresql';

/** Debian's PostgreSQL on loopback, on a cluster of its own as `initdb` makes it. Throws Unavailable where there is none. */
export async function startPostgresql(): Promise<{ url: string; version: string; stop: () => Promise<void> }> {
  await need(['pg_ctlcluster'], ['postgresql']);
  const [version] = readdirSync(INSTALLED).filter((one) => existsSync(join(INSTALLED, one, 'bin/initdb')));
  const program = (name: string) => join(INSTALLED, version!, 'bin', name);
  const data = mkdtempSync(join(tmpdir(), 'bench-postgresql-'));
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? debiansUser() : undefined;
  if (user) chownSync(data, user.uid, user.gid);
  const as = { ...user, stdio: 'ignore', cwd: data } as const;
  execFileSync(program('initdb'), ['-D', data, '-A', 'trust', '-U', 'bench', '--no-sync'], as);
  const port = await freePort();
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories='].flatMap((setting) => ['-c', setting]);
  const child = spawn(program('postgres'), ['-D', data, '-p', String(port), ...settings], as);
  const kill = () => child.kill('SIGQUIT');
  process.once('exit', kill);
  await listening(port);
  return {
    url: `postgresql://bench@127.0.0.1:${port}/postgres`,
    version: version!,
    async stop() {
      const exited = once(child, 'exit');
      child.kill('SIGINT');
      await exited;
      process.off('exit', kill);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

function debiansUser(): { uid: number; gid: number } {
  const id = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1, await sleep(100)) {
    const socket = createConnection(port, '127.0.0.1');
    const there = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (there) return;
  }
  throw new Error('PostgreSQL does not listen after twenty seconds.');
}
