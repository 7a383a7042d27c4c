import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Unavailable } from '../engine.js';
import { repository } from '../places.js';
import { COMPOSE_GO, debianProgram, goProgram, KUBERNETES_VALIDATE, KUSTOMIZE, pythonPackage } from './tools.js';

const run = promisify(execFile);

/** What a tool gave, or undefined, said aloud, where it cannot be had on this machine. */
async function had<T>(what: string, get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.warn(`SKIPPED: ${what} could not be had: ${error.message}`);
    return undefined;
  }
}

const compose = await had('compose-go', () => goProgram(COMPOSE_GO, 'cmd'));
const kustomize = await had('kustomize', () => goProgram(KUSTOMIZE, 'kustomize'));
const schemas = await had('kubernetes-validate', () => pythonPackage(KUBERNETES_VALIDATE));
const promtool = await had('promtool', () => debianProgram('prometheus', 'promtool'));
const caddy = await had('Caddy', () => debianProgram('caddy', 'caddy'));
const where = (tool: string | undefined) => (tool ? describe : describe.skip);

where(compose)('Docker Compose’s own reader', () => {
  test('takes docker-compose.yml, its schema and its references', async () => {
    const { stdout } = await run(compose!, ['-format', 'json', 'docker-compose.yml'], { cwd: repository });
    const { services } = JSON.parse(stdout) as { services: Record<string, { environment?: Record<string, string> }> };
    expect(services['api-1']?.environment?.EVENTSTORE_URL).toBe('esdb://eventstore:2113?tls=false');
  });
});

where(kustomize && schemas)('Kubernetes', () => {
  test.each(['dev', 'production'])(
    'takes every object of the overlay %s, and knows each of its members',
    async (name) => {
      const folder = mkdtempSync(join(tmpdir(), 'kustomize-'));
      cpSync(join(repository, 'deploy/kubernetes'), folder, { recursive: true });
      const secrets = join(folder, 'overlays/dev/secrets');
      mkdirSync(secrets, { recursive: true });
      for (const secret of [
        'MASTER_KEY',
        'APP_SECRET',
        'EVENTSTORE_URL',
        'MONGO_URL',
        'SMTP_URL',
        'FILES_URL',
        'AUDIT_ROOTS_URL',
      ]) {
        writeFileSync(join(secrets, secret), 'x');
      }
      writeFileSync(join(secrets, 'KAFKA_SASL_PASSWORD'), 'x');
      const { stdout } = await run(kustomize!, ['build', join(folder, 'overlays', name)]);
      const built = join(folder, 'built.yaml');
      writeFileSync(built, stdout);
      const check = ['-m', 'kubernetes_validate', '--strict', built];
      const { stdout: said, stderr } = await run('python3', check, { env: { ...process.env, PYTHONPATH: schemas } });
      const passed = [...`${said}${stderr}`.matchAll(/passed for resource/g)].length;
      expect(passed).toBe([...stdout.matchAll(/^kind: /gm)].length);
      expect(passed).toBeGreaterThan(10);
    },
  );
});

where(promtool)('Prometheus', () => {
  test('takes its configuration and every alert', async () => {
    const { stdout } = await run(promtool!, ['check', 'config', 'deploy/prometheus/prometheus.yaml'], {
      cwd: repository,
    });
    expect(stdout).toMatch(/SUCCESS: 1\d rules found/);
  });
});

where(caddy)('Caddy', () => {
  test('takes the proxy’s configuration', async () => {
    const check = ['validate', '--adapter', 'caddyfile', '--config', 'deploy/docker/Caddyfile'];
    const env = { ...process.env, XDG_DATA_HOME: mkdtempSync(join(tmpdir(), 'caddy-')) };
    const { stdout, stderr } = await run(caddy!, check, { cwd: repository, env });
    expect(`${stdout}${stderr}`).toContain('Valid configuration');
  });
});
