import { expect, test } from '@jest/globals';
import { neededInProduction, settingMistakes } from '../../src/config.js';
import { settings } from '../../src/settings.js';
import { documents, isThere, programs, read } from './files.js';
import type { Anything } from '../support/anything.js';

const [compose] = documents('docker-compose.yml');
const services: Record<string, Anything> = compose.services;
const ours = Object.entries(services).filter(([, { image }]) => image === 'frontdoor:local');
const known = new Set(settings.map(({ name }) => name));

/** `${NAME:-otherwise}` as Compose fills it in where nothing is set. */
const filledIn = (text: string) => text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');

test('two API processes and two projectors are started, by the programs that package.json starts', () => {
  expect(ours.map(([name]) => name)).toEqual(['api-1', 'api-2', 'projector-1', 'projector-2']);
  const images = JSON.parse(/^CMD (\[.+\])$/m.exec(read('deploy/Dockerfile'))![1]!) as string[];
  const started = ours.map(([, { command = images }]) => command.join(' '));
  expect(started.filter((program) => !programs().has(program))).toEqual([]);
  const kinds = new Set(started.map((command) => command.split(' ').at(-1)));
  expect(kinds).toEqual(new Set(['dist/src/main.js', 'dist/projections/main.js']));
});

test('every setting there is known and without a mistake, and the engines are the real ones', () => {
  for (const [, { environment }] of ours) {
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    const env = Object.fromEntries(Object.entries<string>(environment).map(([name, text]) => [name, filledIn(text)]));
    expect(settingMistakes(env)).toEqual([]);
    // Secrets are this installation's own, and the staff's tokens: it is for trying out.
    const own = ['MASTER_KEY', 'APP_SECRET'];
    expect(neededInProduction.filter((name) => !(name in env) && !own.includes(name))).toEqual([]);
    expect(env.METRICS_PORT).toBe('9464');
  }
});

test('every address in the settings is a service, on the port that it listens on', () => {
  const listens: Record<string, number> = {
    eventstore: 2113,
    mongo: 27017,
    mail: 1025,
    files: 7070,
    clamd: 3310,
    kafka: 9092,
  };
  const { environment } = ours[0]![1];
  const addresses = Object.entries<string>(environment)
    .filter(([name]) => name !== 'PUBLIC_URL')
    .flatMap(([, text]) => [...filledIn(text).matchAll(/(?:\/\/|@|^)([a-z-]+):(\d+)/g)])
    .map(([, host, port]) => [host!, Number(port)] as const);
  expect(Object.fromEntries(addresses)).toEqual(listens);
  expect(Object.keys(listens).filter((name) => !(name in services))).toEqual([]);
  expect(read('deploy/docker/Caddyfile')).toContain('api-1:3000 api-2:3000');
  expect(services.kafka.environment.KAFKA_ADVERTISED_LISTENERS).toBe('PLAINTEXT://kafka:9092');
  expect(services.files.command[0]).toContain('--port :7070');
});

test('what is waited for is a service that says when it is ready', () => {
  for (const [name, { depends_on: waits = {} }] of Object.entries(services)) {
    for (const [other, { condition }] of Object.entries<Anything>(waits)) {
      expect([name, other in services]).toEqual([name, true]);
      if (condition !== 'service_healthy') continue;
      // Our own image brings its check along.
      const checked = services[other].healthcheck ?? (services[other].image === 'frontdoor:local' && 'in the image');
      expect([other, Boolean(checked)]).toEqual([other, true]);
    }
  }
});

test('every image has a version, every mounted file is there, and ports are on loopback', () => {
  for (const [name, service] of Object.entries(services)) {
    expect([name, service.image]).toEqual([name, expect.stringMatching(/:(v?\d+\.\d+\.\d+|local$)/)]);
    const mounts: string[] = (service.volumes ?? []).filter((mount: string) => mount.startsWith('./'));
    expect(mounts.map((mount) => mount.split(':')[0]!).filter((path) => !isThere(path))).toEqual([]);
    const named: string[] = (service.volumes ?? []).filter((mount: string) => !mount.startsWith('./'));
    expect(named.map((mount) => mount.split(':')[0]!).filter((volume) => !(volume in compose.volumes))).toEqual([]);
    expect((service.ports ?? []).filter((port: string) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  }
});

test('the topics that are made are those that the settings name', () => {
  const defaults = settings.filter(({ name }) => name.startsWith('KAFKA_TOPIC_')).map((setting) => setting.default);
  expect(/for topic in ([^;]+);/.exec(services['kafka-topics'].command.at(-1))?.[1]?.split(' ')).toEqual(defaults);
});

test('the three nodes of the cluster differ in their names alone, and its variables are all used', () => {
  const names = ['eventstore', 'eventstore-2', 'eventstore-3'];
  for (const name of names) {
    const { environment } = services[name];
    const others = names.filter((other) => other !== name).map((other) => `${other}:2113`);
    expect(environment.KURRENTDB_GOSSIP_SEED.split(',')).toEqual(others);
    expect(environment.KURRENTDB_NODE_HOST_ADVERTISE_AS).toBe(name);
  }
  const text = read('docker-compose.yml');
  const variables = [...read('deploy/docker/cluster.env').matchAll(/^([A-Z_]+)=(.*)$/gm)];
  expect(variables.map(([, name]) => name)).toContain('COMPOSE_PROFILES');
  for (const [, name, value] of variables) {
    if (name === 'COMPOSE_PROFILES') expect(services['eventstore-2'].profiles).toEqual([value]);
    else expect(text).toContain(`\${${name}:-`);
  }
});

test('every process of ours is without rights, and its files cannot be written', () => {
  for (const [, service] of ours) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(parseInt(service.stop_grace_period)).toBeGreaterThan(25);
  }
});
