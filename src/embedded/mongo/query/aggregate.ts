import { Binary } from 'bson';
import { Aggregator } from 'mingo/aggregator';
import { Context } from 'mingo/core';
import { Lazy } from 'mingo/lazy';
import * as pipelines from 'mingo/operators/pipeline';
import { isDocument, readPlain, type Doc } from '../bson/document.js';
import { Fault, unsupported } from '../errors.js';
import type { Collection } from '../storage/catalog.js';
import { countKeys } from '../storage/scan.js';
import type { Store } from '../storage/store.js';
import { wideNumberCheck } from './expressions.js';
import { find, type FindRequest } from './find.js';
import { compileFilter, context } from './matcher.js';
import { plan } from './planner.js';
import { sorted, sortFields, sortKey } from './sort.js';

type Stages = Iterable<Doc> & {
  transform(make: (documents: Doc[]) => Iterable<Doc>): Stages;
  filter(test: (document: Doc) => boolean): Stages;
};

const SUPPORTED = ['$match', '$sort', '$skip', '$limit', '$project', '$group', '$count', '$unwind', '$addFields'];

const stages = Context.from(
  Context.init({
    pipeline: {
      $match: (documents: Stages, filter: Doc) => documents.filter(compileFilter(filter)),
      $sort: (documents: Stages, sort: Doc) => {
        const fields = sortFields(sort);
        return documents.transform(
          (all) => Lazy(sorted(all, (document) => sortKey(document, fields), Infinity) as never) as never,
        );
      },
      // MongoDB counts nothing as no result, not as zero.
      $count: (documents: Stages, field: string) =>
        documents.transform((all) => Lazy(all.length === 0 ? [] : [{ [field]: all.length }]) as never),
    } as never,
  }),
  context,
  Context.init({ pipeline: pipelines }),
);

/** The part of a pipeline that a find can do, with indexes; what is left goes through mingo. */
interface Split {
  request: FindRequest;
  rest: Doc[];
}

function split(pipeline: readonly Doc[], hint: unknown): Split {
  const request: FindRequest = { filter: {}, sort: [], skip: 0, limit: 0, hint };
  let phase = 0;
  let at = 0;
  for (; at < pipeline.length; at++) {
    const stage = pipeline[at] as Doc;
    if ('$match' in stage && phase === 0)
      request.filter = at === 0 ? asFilter(stage.$match) : { $and: [request.filter, asFilter(stage.$match)] };
    else if ('$sort' in stage && phase === 0) request.sort = sortFields(stage.$sort);
    else if ('$skip' in stage && phase <= 1) request.skip += count(stage.$skip, '$skip');
    else if ('$limit' in stage && phase <= 1) request.limit = count(stage.$limit, '$limit');
    else break;
    phase = '$match' in stage ? 0 : '$limit' in stage ? 3 : 1;
  }
  return { request, rest: pipeline.slice(at) };
}

function asFilter(value: unknown): Doc {
  if (!isDocument(value)) throw new Fault('BadValue', 'the match filter must be an expression in an object');
  return value;
}

function count(value: unknown, stage: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < (stage === '$limit' ? 1 : 0))
    throw new Fault(
      'BadValue',
      `invalid argument to ${stage} stage: Expected a ${stage === '$limit' ? 'positive' : 'non-negative'} integer`,
    );
  return value;
}

function check(pipeline: unknown): Doc[] {
  if (!Array.isArray(pipeline) || !pipeline.every(isDocument))
    throw new Fault('TypeMismatch', "'pipeline' option must be specified as an array of objects");
  for (const stage of pipeline) {
    const [name, ...others] = Object.keys(stage);
    if (name === undefined || others.length > 0)
      throw new Fault('Location40323', 'A pipeline stage specification object must contain exactly one field.');
    if (SUPPORTED.includes(name)) continue;
    if (name in pipelines) throw unsupported(`the stage ${name}`);
    throw new Fault('Location40324', `Unrecognized pipeline stage name: '${name}'`);
  }
  return pipeline;
}

/** `{$count: 'n'}`, or `{$group: {_id: <constant>, n: {$sum: 1}}}` as drivers count: what to make of the number. */
function countResult(rest: readonly Doc[]): ((total: number) => Doc) | undefined {
  const [stage, ...others] = rest;
  if (others.length > 0 || stage === undefined) return undefined;
  if (typeof stage.$count === 'string') {
    const field = stage.$count;
    return (total) => ({ [field]: total });
  }
  if (!isDocument(stage.$group)) return undefined;
  const { _id: id, ...fields } = stage.$group;
  const [entry, ...more] = Object.entries(fields);
  const step = isDocument(entry?.[1]) ? entry[1].$sum : undefined;
  if (entry === undefined || more.length > 0 || typeof step !== 'number') return undefined;
  return id === null || typeof id === 'number' ? (total) => ({ _id: id, [entry[0]]: total * step }) : undefined;
}

/** How many documents a filter finds; over index keys alone where they say it all. */
export function countMatching(store: Store, collection: Collection, request: FindRequest): number {
  const { filter, skip, limit } = request;
  let total: number;
  const chosen = plan(collection, filter, [], false, request.hint);
  if (isEverything(filter)) total = store.count(collection);
  else if (chosen.exact && chosen.index !== undefined)
    total = countKeys(store.sqlite, collection, { ...chosen, index: chosen.index });
  else {
    total = 0;
    for (const _ of find(store, collection, request).documents) total++;
    return total;
  }
  const left = Math.max(0, total - skip);
  return limit > 0 ? Math.min(left, limit) : left;
}

const isEverything = (filter: Doc): boolean =>
  Object.entries(filter).every(([key, value]) => key === '$and' && (value as Doc[]).every(isEverything));

/** Makes a Binary tell itself apart as text, which is how mingo groups values it does not know. */
function distinguishable(value: unknown): void {
  if (value instanceof Binary) {
    const text = `${value.sub_type}:${Buffer.from(value.value()).toString('hex')}`;
    Object.defineProperty(value, 'toString', { value: () => text });
  } else if (Array.isArray(value)) value.forEach(distinguishable);
  else if (isDocument(value)) Object.values(value).forEach(distinguishable);
}

/** What an aggregation gives: stored documents untouched, or results of mingo's stages. */
export type Aggregated = { stored: ReturnType<typeof find> } | { computed: Iterable<Doc> };

/** Runs a pipeline: its beginning over indexes, the rest through mingo, one document after the other. */
export function aggregate(
  store: Store,
  collection: Collection | undefined,
  pipeline: unknown,
  hint: unknown,
): Aggregated {
  const { request, rest } = split(check(pipeline), hint);
  if (collection === undefined) return { computed: runStages([], rest) };
  const counting = countResult(rest);
  if (counting !== undefined && request.sort.length === 0) {
    const total = countMatching(store, collection, request);
    return { computed: total === 0 ? [] : [counting(total)] };
  }
  const stored = find(store, collection, request);
  if (rest.length === 0) return { stored };
  const checkNumbers = wideNumberCheck(rest);
  function* documents(): Generator<Doc> {
    for (const { bytes } of stored.documents) {
      const document = readPlain(bytes);
      checkNumbers(document);
      distinguishable(document);
      yield document;
    }
  }
  return { computed: runStages(documents(), rest) };
}

function runStages(documents: Iterable<Doc>, rest: readonly Doc[]): Iterable<Doc> {
  if (rest.length === 0) return [];
  return new Aggregator(rest as never, { context: stages, scriptEnabled: false }).stream(
    documents as never,
  ) as Iterable<Doc>;
}

/** The find with which a pipeline begins, for `explain`. */
export const leadingFind = (pipeline: unknown, hint: unknown): FindRequest => split(check(pipeline), hint).request;
