import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startedByTests, type Engine } from './engine.js';
import { kafkaJars } from './kafka/jars.js';
import { engineSources } from './places.js';
import { GATEWAY, gatewayProgram } from './s3/gateway.js';
import { needExim } from './smtp/exim.js';
import { mailServer } from './smtp/mail-server.js';
import { need } from './tools.js';

/** What the service leans on beside its stores: the suites start, freeze and kill them as they need. */
const clamd: Engine = {
  name: 'ClamAV',
  suites: ['malware'],
  async prepare() {
    await need(['clamd'], ['clamav-daemon']);
    const { stdout } = await promisify(execFile)('clamd', ['--version']);
    return `${stdout.trim()}, with signatures of the test's own`;
  },
  start: startedByTests,
};

const s3: Engine = {
  name: 'S3',
  suites: ['files', 'roots in a bucket'],
  async prepare() {
    await gatewayProgram();
    return `${GATEWAY}, from the Go proxy`;
  },
  start: startedByTests,
};

const exim: Engine = {
  name: 'Exim',
  suites: ['mail transfer agent'],
  async prepare() {
    await needExim();
    const { stdout } = await promisify(execFile)('exim4', ['-bV']);
    return `Debian's ${/Exim version \S+/.exec(stdout)?.[0]}, which greylists`;
  },
  start: startedByTests,
};

const kafka: Engine = {
  name: 'Kafka',
  suites: ['Kafka', 'roots in a topic'],
  async prepare() {
    await kafkaJars();
    await need(['kcat'], ['kcat']);
    const pom = readFileSync(join(engineSources, 'kafka/pom.xml'), 'utf8');
    const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.*?)</.exec(pom)?.[1];
    return `Apache Kafka ${version} in KRaft mode, one broker and three, from Maven Central`;
  },
  start: startedByTests,
};

const tools: Engine = {
  name: 'Tools of deployment',
  suites: ['deployment'],
  prepare: async () => 'compose-go, kustomize, the schemas of Kubernetes, promtool and Caddy, each where it can be had',
  start: startedByTests,
};

const chromium: Engine = {
  name: 'Chromium',
  suites: ['browser'],
  async prepare() {
    await need(['chromium'], ['chromium']);
    const { stdout } = await promisify(execFile)('chromium', ['--version']);
    return stdout.trim();
  },
  start: startedByTests,
};

export const peers = [clamd, s3, mailServer, exim, kafka, tools, chromium];
