import { isDocument, type Doc } from '../bson/document.js';
import { Fault, unsupported } from '../errors.js';
import { countMatching, leadingFind } from '../query/aggregate.js';
import { find, type Found, type FindRequest } from '../query/find.js';
import { plan } from '../query/planner.js';
import type { Collection } from '../storage/catalog.js';
import { findRequest } from './reads.js';
import { collectionOf, type Reply, type Request, type Server } from './request.js';

function stages(found: Pick<Found, 'plan'>, request: FindRequest): Doc {
  const { index, reverse, sorted, streams } = found.plan;
  let stage: Doc =
    index === undefined
      ? { stage: 'COLLSCAN', filter: request.filter, direction: 'forward' }
      : {
          stage: 'FETCH',
          filter: request.filter,
          inputStage: {
            stage: 'IXSCAN',
            keyPattern: index.key,
            indexName: index.name,
            isMultiKey: index.multikey !== 0,
            isUnique: index.unique,
            isPartial: index.partial !== undefined,
            direction: reverse ? 'backward' : 'forward',
            ranges: streams.reduce((sum, { ranges }) => sum + ranges.length, 0),
          },
        };
  if (request.sort.length > 0 && !sorted) stage = { stage: 'SORT', type: 'simple', inputStage: stage };
  if (request.skip > 0) stage = { stage: 'SKIP', skipAmount: request.skip, inputStage: stage };
  return request.limit > 0 ? { stage: 'LIMIT', limitAmount: request.limit, inputStage: stage } : stage;
}

interface Explained {
  request: FindRequest;
  counting: boolean;
}

function explained(command: Doc): Explained {
  if ('find' in command) return { request: findRequest(command), counting: false };
  if ('count' in command) return { request: findRequest(command, 'query'), counting: true };
  if ('aggregate' in command) return { request: leadingFind(command.pipeline, command.hint), counting: false };
  throw unsupported(`explain of ${Object.keys(command)[0]}`);
}

function run(
  server: Server,
  collection: Collection,
  { request, counting }: Explained,
): { winningPlan: Doc; executionStats: Doc } {
  const chosen = plan(collection, request.filter, [], false, request.hint);
  if (counting && chosen.exact && chosen.index !== undefined) {
    const n = countMatching(server.store, collection, request);
    const winningPlan = {
      stage: 'COUNT',
      inputStage: { stage: 'COUNT_SCAN', keyPattern: chosen.index.key, indexName: chosen.index.name },
    };
    return { winningPlan, executionStats: { nReturned: n, totalKeysExamined: n, totalDocsExamined: 0 } };
  }
  const found = find(server.store, collection, request);
  const winningPlan = stages(found, request);
  let nReturned = 0;
  for (const _ of found.documents) nReturned++;
  const { keys, documents } = found.counters;
  return { winningPlan, executionStats: { nReturned, totalKeysExamined: keys, totalDocsExamined: documents } };
}

/** `explain`: the plan, and what running it really touches. */
export function explainCommand(server: Server, request: Request): Reply {
  const command = request.body.explain;
  if (!isDocument(command))
    throw new Fault('TypeMismatch', "BSON field 'explain.explain' is the wrong type, expected type 'object'");
  const name = Object.keys(command)[0] ?? '';
  const inner: Request = { ...request, name, body: command };
  const collection = collectionOf(server, inner);
  const what = explained(command);
  const namespace = `${request.db}.${String(command[name])}`;
  const started = performance.now();
  const { winningPlan, executionStats } =
    collection === undefined
      ? { winningPlan: { stage: 'EOF' }, executionStats: { nReturned: 0, totalKeysExamined: 0, totalDocsExamined: 0 } }
      : run(server, collection, what);
  const executionTimeMillis = Math.round(performance.now() - started);
  return {
    explainVersion: '1',
    queryPlanner: { namespace, parsedQuery: what.request.filter, winningPlan, rejectedPlans: [] },
    ...(request.body.verbosity === 'queryPlanner'
      ? {}
      : {
          executionStats: {
            executionSuccess: true,
            ...executionStats,
            executionTimeMillis,
            executionStages: { ...winningPlan, nReturned: executionStats.nReturned },
          },
        }),
    command,
    ok: 1,
  };
}
