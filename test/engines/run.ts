import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { eventStoreDb, kurrentDb } from './containers.js';
import { type Engine, type SuiteName, Unavailable } from './engine.js';
import { ferretDb } from './ferretdb.js';
import { runJest, type TestResult } from './jest.js';
import { mongoJavaServer } from './mongo-java-server.js';
import { peers } from './peers.js';
import { standIns } from './stand-ins.js';
import { type Group, suites } from './suites.js';
import { isFailure, Tally } from './tally.js';

// Holds the stores' tests and the journeys against other servers than our own, what leans on ClamAV, S3, mail servers and
// Kafka against these, and the files of deployment against the tools that read them:
// `npm run test:engines [-- [--again] part of an engine's name [part of a file's name]]`. With --again, what failed is
// held once more, on a new server, and that it was is said: other people's servers have slow moments.

const engines = [standIns, mongoJavaServer, ferretDb, kurrentDb, eventStoreDb, ...peers];
const { positionals, values } = parseArgs({ allowPositionals: true, options: { again: { type: 'boolean' } } });
const [askedEngine = '', askedFile = ''] = positionals;
const tally = new Tally();

// Interrupted, it ends what it has started: see program.ts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

for (const engine of engines.filter(({ name }) => name.toLowerCase().includes(askedEngine.toLowerCase()))) {
  await hold(engine);
}
const again = tally.repeated > 0 ? `; ${tally.repeated} that failed first were held once more` : '';
console.log(`\nengines: ${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped${again}`);
process.exitCode = tally.failed > 0 ? 1 : 0;

async function hold(engine: Engine): Promise<void> {
  console.log(`\n${engine.name}`);
  const begun = Date.now();
  try {
    console.log(`  IS       ${await engine.prepare()} (${since(begun).toFixed(0)} s to prepare)`);
  } catch (error) {
    if (error instanceof Unavailable) return tally.skip(engine.name, error.message);
    return tally.fail(engine.name, String(error));
  }
  for (const suite of engine.suites) await put(engine, suite);
  for (const [suite, reason] of Object.entries(engine.leftOut ?? {})) tally.skip(suite, reason);
}

async function put(engine: Engine, suite: SuiteName): Promise<void> {
  for (const group of suites[suite]().filter(({ files }) => files.some((file) => file.includes(askedFile)))) {
    const begun = Date.now();
    const what = `${suite}: ${named(group)}`;
    let results = await onNewServer(engine, group);
    const failures = results.filter((result) => isFailure(engine.name, result));
    if (values.again && failures.length > 0) {
      tally.again(engine.name, what, failures);
      results = await onNewServer(engine, group);
    }
    tally.count(engine.name, what, results, since(begun));
  }
}

function named({ files, only }: Group): string {
  return files.map((file) => basename(file, '.test.ts')).join(', ') + (only === undefined ? '' : ` /${only}/`);
}

async function onNewServer(engine: Engine, group: Group): Promise<TestResult[]> {
  try {
    const server = await engine.start();
    try {
      return await runJest(group, server.pointers);
    } finally {
      await server.stop();
    }
  } catch (error) {
    return [{ file: group.files[0]!, name: `${engine.name} itself`, status: 'failed', messages: [String(error)] }];
  }
}

function since(begun: number): number {
  return (Date.now() - begun) / 1_000;
}
