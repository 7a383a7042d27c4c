import { GenericContainer, Wait, type StartedTestContainer } from 'testcontainers';
import { type Engine, Unavailable } from './engine.js';

/** What testcontainers says where there is no container runtime. */
const NO_RUNTIME = 'Could not find a working container runtime strategy';
const PATIENCE = 180_000;

/** The images; others can be tried by naming them. */
const KURRENTDB = process.env.KURRENTDB_IMAGE ?? 'kurrentplatform/kurrentdb:25.1';
const EVENTSTOREDB = process.env.EVENTSTOREDB_IMAGE ?? 'eventstore/eventstore:24.10';
const MONGODB = process.env.MONGODB_IMAGE ?? 'mongo:8.0';

const settings = (prefix: string) => ({
  [`${prefix}_INSECURE`]: 'true',
  [`${prefix}_MEM_DB`]: 'true',
  [`${prefix}_CLUSTER_SIZE`]: '1',
  [`${prefix}_RUN_PROJECTIONS`]: 'None',
});

/** A single insecure node, its events in memory. */
async function startEventStore(image: string, prefix: string) {
  const container = await new GenericContainer(image)
    .withEnvironment(settings(prefix))
    .withExposedPorts(2113)
    .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCode(204))
    .withStartupTimeout(PATIENCE)
    .start();
  const url = `esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`;
  return { container, pointers: { EVENTSTORE_TEST_URL: url } };
}

/** A replica set of one, as production has it. */
async function startMongoDb(image: string) {
  const container = await new GenericContainer(image)
    .withCommand(['--replSet', 'rs0', '--bind_ip_all'])
    .withExposedPorts(27017)
    .withWaitStrategy(Wait.forLogMessage(/waiting for connections/i))
    .withStartupTimeout(PATIENCE)
    .start();
  const begin = `rs.initiate({_id: 'rs0', members: [{_id: 0, host: 'localhost:27017'}]});
    while (!db.hello().isWritablePrimary) sleep(100);`;
  const { exitCode, output } = await container.exec(['mongosh', '--quiet', '--eval', begin]);
  if (exitCode !== 0) throw new Error(`The replica set did not begin: ${output}`);
  const url = `mongodb://${container.getHost()}:${container.getMappedPort(27017)}/?directConnection=true`;
  return { container, pointers: { MONGO_TEST_URL: url } };
}

/** Asks for a runtime by starting what will be needed, so that its image is there too. */
async function tryOut(start: () => Promise<{ container: StartedTestContainer }>): Promise<void> {
  try {
    await (await start()).container.stop();
  } catch (error) {
    if (error instanceof Error && error.message.includes(NO_RUNTIME)) throw new Unavailable(error.message);
    throw error;
  }
}

/** An event store and a MongoDB together: what production has. */
function real(name: string, image: string, prefix: string): Engine {
  const [events, mongo] = [() => startEventStore(image, prefix), () => startMongoDb(MONGODB)];
  return {
    name,
    suites: ['mongo store', 'event store', 'journeys'],
    async prepare() {
      await tryOut(events);
      await tryOut(mongo);
      return `${image} and ${MONGODB}, in containers`;
    },
    async start() {
      const stores = [await events(), await mongo()];
      return {
        pointers: Object.assign({}, ...stores.map(({ pointers }) => pointers)) as object,
        async stop() {
          await Promise.all(stores.map(({ container }) => container.stop()));
        },
      };
    },
  };
}

export const kurrentDb = real('KurrentDB and MongoDB', KURRENTDB, 'KURRENTDB');
export const eventStoreDb = real('EventStoreDB and MongoDB', EVENTSTOREDB, 'EVENTSTORE');
