import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cached } from '../cache.js';
import { engineSources } from '../places.js';
import { fetched } from '../program.js';
import { need } from '../tools.js';

const pom = join(engineSources, 'kafka/pom.xml');

/** The folder of Apache Kafka's jars, fetched from Maven Central once. Throws Unavailable where that cannot be. */
export async function kafkaJars(): Promise<string> {
  await need(['java'], ['default-jre-headless']);
  return cached('kafka', [pom], async (into) => {
    await need(['mvn'], ['maven']);
    const repository = join(into, 'm2');
    const jars = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${into}`];
    await fetched('mvn', ['-q', '-B', '-f', pom, `-Dmaven.repo.local=${repository}`, ...jars]);
    rmSync(repository, { recursive: true, force: true });
  });
}
