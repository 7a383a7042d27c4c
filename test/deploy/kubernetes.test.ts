import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { neededInProduction, settingMistakes } from '../../src/config.js';
import { settings } from '../../src/settings.js';
import { documents, filesIn, isThere, programs, read } from './files.js';
import type { Anything } from '../support/anything.js';

const base = 'deploy/kubernetes/base';
const files = filesIn('deploy/kubernetes', '.yaml').filter((file) => !file.includes('/secrets/'));
const objects = filesIn(base, '.yaml').flatMap(documents);
const all = (kind: string) => objects.filter((object) => object.kind === kind);
const data: Record<string, string> = all('ConfigMap')[0].data;
const deployments = all('Deployment');

/** A value of the right shape for each secret that the settings say is in a file. */
const secrets: Record<string, string> = {
  MASTER_KEY: randomBytes(32).toString('base64'),
  APP_SECRET: randomBytes(32).toString('base64'),
  EVENTSTORE_URL: 'esdb+discover://user:password@eventstore:2113',
  MONGO_URL: 'mongodb://user:password@mongo/?replicaSet=rs0',
  SMTP_URL: 'smtps://user:password@mail:465',
  FILES_URL: 's3://key:secret@files/bucket',
  AUDIT_ROOTS_URL: 's3://key:secret@files/audit-roots',
  KAFKA_SASL_PASSWORD: 'password',
};

test('every file is YAML, and every kustomization names each file that stands beside it, and no other', () => {
  for (const file of files) expect([file, documents(file).length > 0]).toEqual([file, true]);
  for (const file of files.filter((name) => basename(name) === 'kustomization.yaml')) {
    const [{ resources, patches = [] }] = documents(file);
    const named: string[] = [...resources, ...patches.map(({ path }: { path: string }) => path)];
    expect(named.filter((path) => !isThere(join(dirname(file), path)))).toEqual([]);
    const beside = files.filter((name) => dirname(name) === dirname(file)).map((name) => basename(name));
    expect(beside.filter((name) => name !== 'kustomization.yaml' && !named.includes(name))).toEqual([]);
  }
});

test('production starts with these settings: each one known, none needed left out', () => {
  const known = new Set(settings.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name])));
  expect(Object.keys(data).filter((name) => !known.has(name))).toEqual([]);
  const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  const env = { ...data };
  for (const [name, value] of Object.entries(data)) {
    if (!name.endsWith('_FILE')) continue;
    const secret = name.replace(/_FILE$/, '');
    expect(value).toBe(`/run/secrets/frontdoor/${secret}`);
    env[name] = join(folder, secret);
    writeFileSync(env[name], secrets[secret]!);
  }
  expect(settingMistakes(env)).toEqual([]);
  expect(neededInProduction.filter((name) => !(name in env) && !(`${name}_FILE` in env))).toEqual([]);
  expect(Object.keys(secrets).filter((name) => !(`${name}_FILE` in data))).toEqual([]);
});

test('the overlay for trying out makes a Secret of the very files that the settings name', () => {
  const [{ secretGenerator }] = documents('deploy/kubernetes/overlays/dev/kustomization.yaml');
  const generated = secretGenerator[0].files.map((path: string) => path.replace('secrets/', ''));
  expect(generated.sort()).toEqual(Object.keys(secrets).sort());
});

test('an overlay changes only settings that there are', () => {
  const [{ data: changed }] = documents('deploy/kubernetes/overlays/production/settings.yaml');
  expect(Object.keys(changed).filter((name) => !(name in data))).toEqual([]);
});

test('each process is started by a program of package.json, on the ports of its settings, and asked at paths that it has', () => {
  const routes = read('src/telemetry/metrics-port.ts');
  for (const { spec } of deployments) {
    const [container] = spec.template.spec.containers;
    expect(programs()).toContain(container.command.join(' '));
    const ports = Object.fromEntries(
      container.ports.map(({ name, containerPort }: Anything) => [name, String(containerPort)]),
    );
    expect(ports).toMatchObject({ metrics: data.METRICS_PORT });
    if ('http' in ports) expect(ports.http).toBe(data.PORT);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(routes).toContain(`'${container[probe].httpGet.path}'`);
      expect(ports).toHaveProperty(container[probe].httpGet.port);
    }
    expect(spec.template.metadata.annotations['prometheus.io/port']).toBe(data.METRICS_PORT);
    expect(container.volumeMounts.map(({ mountPath }: Anything) => mountPath)).toEqual(
      expect.arrayContaining(['/run/secrets/frontdoor', data.DATA_DIR, '/tmp']),
    );
  }
});

test('no process is root, writes to its image or keeps a right, and each has time to end', () => {
  for (const { spec } of deployments) {
    const { securityContext, containers, terminationGracePeriodSeconds, automountServiceAccountToken } =
      spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(terminationGracePeriodSeconds).toBeGreaterThan(25);
    expect(automountServiceAccountToken).toBe(false);
  }
});

test('selectors, budgets, scaling and the service all point at a process that there is', () => {
  const component = (labels: Record<string, string>) => labels['app.kubernetes.io/component'];
  const names = deployments.map(({ metadata }) => metadata.name);
  expect(names).toEqual(['api', 'projector']);
  for (const { spec, metadata } of deployments) {
    expect(component(spec.selector.matchLabels)).toBe(metadata.name);
    expect(component(spec.template.metadata.labels)).toBe(metadata.name);
  }
  const budgets = all('PodDisruptionBudget').map(({ spec }) => component(spec.selector.matchLabels));
  expect(budgets).toEqual(names);
  for (const { spec } of all('PodDisruptionBudget')) {
    const { replicas } = deployments.find(
      ({ metadata }) => metadata.name === component(spec.selector.matchLabels),
    ).spec;
    // A budget that allows none to go would stop every upgrade of a node.
    expect(spec.minAvailable).toBeLessThan(replicas);
  }
  expect(all('HorizontalPodAutoscaler')[0].spec.scaleTargetRef.name).toBe('api');
  expect(component(all('Service')[0].spec.selector)).toBe('api');
});

test('the network lets out what the settings point to, and nobody in but the proxy and the scraper', () => {
  const [policies, ports] = [all('NetworkPolicy'), new Set<number>()];
  for (const { spec } of policies)
    for (const rule of spec.egress ?? []) for (const { port } of rule.ports) ports.add(port);
  const [{ spec: nothing }] = policies.filter(({ metadata }) => metadata.name === 'nothing');
  expect(nothing).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
  const usual: Record<string, number> = { 'mongodb:': 27017, 's3:': 443, 'https:': 443 };
  const urls = [...Object.values(data), ...Object.values(secrets)].filter((text) => /^[a-z0-9+]+:\/\//.test(text));
  const wanted = urls.map((text) => Number(new URL(text).port) || usual[new URL(text).protocol]!);
  const brokers = data.KAFKA_BROKERS!.split(',').map((broker) => Number(broker.split(':')[1]));
  expect([...wanted, ...brokers, 53].filter((port) => !ports.has(port))).toEqual([]);
  const into = policies.flatMap(({ spec }) => (spec.ingress ?? []).flatMap((rule: Anything) => rule.ports));
  expect(into.map(({ port }: { port: number }) => String(port))).toEqual([data.PORT, data.METRICS_PORT]);
});
