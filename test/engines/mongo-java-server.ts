import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from './cache.js';
import type { Engine } from './engine.js';
import { engineSources } from './places.js';
import { built, fetched, serve } from './program.js';
import { need } from './tools.js';

const folder = join(engineSources, 'servers/mongo-java-server');
const [pom, source] = [join(folder, 'pom.xml'), join(folder, 'MongoJavaServer.java')];
let classes = '';

/** mongo-java-server from Maven Central: MongoDB's protocol and semantics written by others, in memory. */
export const mongoJavaServer: Engine = {
  name: 'mongo-java-server',
  suites: ['mongo store', 'journeys'],
  async prepare() {
    await need(['java', 'javac'], ['default-jdk-headless']);
    classes = await cached('mongo-java-server', [pom, source], build);
    const version = /mongo-java-server<\/artifactId>\s*<version>(.*?)</.exec(readFileSync(pom, 'utf8'))?.[1];
    return `mongo-java-server ${version}, in memory, from Maven Central`;
  },
  async start() {
    const server = await serve('java', ['-Xmx512m', '-cp', classPath(classes), 'MongoJavaServer']);
    return { pointers: { MONGO_TEST_URL: `${server.address}?directConnection=true` }, stop: () => server.stop() };
  },
};

const classPath = (folder: string) => `${folder}:${join(folder, 'lib/*')}`;

async function build(into: string): Promise<void> {
  await need(['mvn'], ['maven']);
  const repository = join(into, 'm2');
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
  const jars = [plugin, `-DoutputDirectory=${join(into, 'lib')}`];
  await fetched('mvn', ['-q', '-B', '-f', pom, `-Dmaven.repo.local=${repository}`, ...jars]);
  rmSync(repository, { recursive: true, force: true });
  await built('javac', ['-cp', join(into, 'lib/*'), '-d', into, source]);
}
