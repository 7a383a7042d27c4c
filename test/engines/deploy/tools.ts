import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.js';
import { engineSources } from '../places.js';
import { built, fetched } from '../program.js';
import { need } from '../tools.js';

/** What Docker Compose itself reads its files with, and what kubectl has for `kustomize`. */
export const COMPOSE_GO = 'github.com/compose-spec/compose-go/v2/cmd@v2.16.2';
export const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5@v5.7.1';
/** Brings the schemas that Kubernetes publishes. */
export const KUBERNETES_VALIDATE = 'kubernetes-validate==1.37.0';

const sources = [join(engineSources, 'deploy/tools.ts')];

/** A Go program, built once. Throws Unavailable where it cannot be. */
export async function goProgram(module: string, name: string): Promise<string> {
  await need(['go']);
  const folder = await cached(`deploy-${name}`, sources, async (into) => {
    const env = { GOBIN: into, GOTOOLCHAIN: 'local', GOFLAGS: '-modcacherw' };
    await fetched('go', ['install', module], { env });
  });
  return join(folder, name);
}

/** A folder for PYTHONPATH with a Python package in it. */
export async function pythonPackage(requirement: string): Promise<string> {
  await need(['python3']);
  return cached(`deploy-${requirement.replace('==', '-')}`, sources, async (into) => {
    await fetched('python3', ['-m', 'pip', 'install', '--quiet', '--target', into, requirement]);
  });
}

/** A program of a Debian package, unpacked without being installed: no service starts with it. */
export async function debianProgram(packageName: string, name: string): Promise<string> {
  await need(['apt-get', 'dpkg-deb']);
  const folder = await cached(`deploy-${packageName}`, sources, async (into) => {
    await fetched('apt-get', ['download', packageName], { cwd: into });
    await built('sh', ['-c', 'for package in *.deb; do dpkg-deb -x "$package" .; done'], { cwd: into });
  });
  const program = join(folder, 'usr/bin', name);
  if (!existsSync(program)) throw new Error(`${packageName} holds no ${name}`);
  return program;
}
