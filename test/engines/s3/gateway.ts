import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.js';
import { engineSources } from '../places.js';
import { fetched } from '../program.js';
import { need } from '../tools.js';

/** Versity's S3 gateway: an S3 server on a plain folder that verifies every signature. */
export const GATEWAY = 'github.com/versity/versitygw/cmd/versitygw@v1.8.0';

/** The gateway's program, built once. Throws Unavailable where it cannot be had. */
export async function gatewayProgram(): Promise<string> {
  await need(['go']);
  const built = await cached('versitygw', [join(engineSources, 's3/gateway.ts')], async (into) => {
    const env = { GOBIN: into, GOTOOLCHAIN: 'local', GOFLAGS: '-modcacherw', GOPATH: join(into, 'go') };
    await fetched('go', ['install', GATEWAY], { env });
    rmSync(join(into, 'go'), { recursive: true, force: true });
  });
  return join(built, 'versitygw');
}
