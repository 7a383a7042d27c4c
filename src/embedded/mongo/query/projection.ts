import { hasOperators, isDocument, readPlain, readTyped, write, type Doc } from '../bson/document.js';
import { Fault, unsupported } from '../errors.js';
import { compileFilter } from './matcher.js';

/** What to do at a field: keep or drop it (true), compute it from its array, or look inside. */
type Node = true | ArrayPart | Map<string, Node>;
type ArrayPart = (array: unknown[], plain: unknown[]) => unknown[] | undefined;

const isChosen = (value: unknown): boolean => value === true || (typeof value === 'number' && value !== 0);
const isDropped = (value: unknown): boolean => value === false || value === 0;

function slice(argument: unknown): ArrayPart {
  const [skip, count] = Array.isArray(argument) ? (argument as number[]) : [undefined, argument as number];
  if (typeof count !== 'number' || (skip !== undefined && (typeof skip !== 'number' || count <= 0)))
    throw new Fault('BadValue', '$slice takes a number, or [skip, limit] with a positive limit');
  if (skip === undefined) return (array) => (count < 0 ? array.slice(count) : array.slice(0, count));
  return (array) => {
    const from = skip < 0 ? Math.max(0, array.length + skip) : skip;
    return array.slice(from, from + count);
  };
}

function firstMatch(condition: unknown): ArrayPart {
  if (!isDocument(condition)) throw new Fault('BadValue', 'elemMatch: Invalid argument, object required');
  const test = compileFilter({ array: { $elemMatch: condition } });
  return (array, plain) => {
    const at = plain.findIndex((element) => test({ array: [element] }));
    return at < 0 ? undefined : [array[at]];
  };
}

interface Spec {
  tree: Map<string, Node>;
  inclusive: boolean;
  keepId: boolean;
}

function place(tree: Map<string, Node>, path: string, node: Node): void {
  const parts = path.split('.');
  let at = tree;
  for (const part of parts.slice(0, -1)) {
    const next = at.get(part) ?? new Map<string, Node>();
    if (!(next instanceof Map)) throw new Fault('Location31249', `Path collision at ${path} remaining portion ${part}`);
    at.set(part, next);
    at = next;
  }
  const last = parts.at(-1) as string;
  if (at.has(last)) throw new Fault('Location31249', `Path collision at ${path}`);
  at.set(last, node);
}

function readSpec(projection: Doc): Spec {
  const tree = new Map<string, Node>();
  let keepId = true;
  let inclusive: boolean | undefined;
  const decide = (wanted: boolean, path: string): void => {
    if (inclusive !== undefined && inclusive !== wanted)
      throw new Fault(
        'Location31254',
        `Cannot do ${wanted ? 'inclusion' : 'exclusion'} on field ${path} in ${wanted ? 'exclusion' : 'inclusion'} projection`,
      );
    inclusive = wanted;
  };
  const add = (path: string, value: unknown): void => {
    if (path === '_id' && isDropped(value)) keepId = false;
    else if (path.split('.').some((part) => part.startsWith('$'))) throw unsupported(`the projection '${path}'`);
    else if (isChosen(value) || isDropped(value)) {
      decide(isChosen(value), path);
      if (path !== '_id') place(tree, path, true);
    } else if (hasOperators(value) && '$slice' in value) place(tree, path, slice(value.$slice));
    else if (hasOperators(value) && '$elemMatch' in value) {
      decide(true, path);
      place(tree, path, firstMatch(value.$elemMatch));
    } else if (isDocument(value) && !hasOperators(value) && Object.keys(value).length > 0)
      for (const [inner, part] of Object.entries(value)) add(`${path}.${inner}`, part);
    else throw unsupported(`the computed projection of '${path}'`);
  };
  for (const [path, value] of Object.entries(projection)) add(path, value);
  return { tree, inclusive: inclusive ?? (projection._id !== undefined && keepId), keepId };
}

function projectValue(value: unknown, plain: unknown, node: Map<string, Node>, inclusive: boolean): unknown {
  if (Array.isArray(value)) {
    const elements = value.map((element, at) => projectValue(element, (plain as unknown[])[at], node, inclusive));
    return elements.filter((element) => element !== undefined);
  }
  if (isDocument(value)) return projectDocument(value, plain as Doc, node, inclusive);
  return inclusive ? undefined : value;
}

function projectDocument(document: Doc, plain: Doc, tree: Map<string, Node>, inclusive: boolean): Doc {
  const result: Doc = {};
  for (const [name, value] of Object.entries(document)) {
    const node = tree.get(name);
    let kept: unknown = inclusive ? undefined : value;
    if (node === true) kept = inclusive ? value : undefined;
    else if (node instanceof Map) kept = projectValue(value, plain[name], node, inclusive);
    else if (node !== undefined) kept = Array.isArray(value) ? node(value, plain[name] as unknown[]) : value;
    if (kept !== undefined) result[name] = kept;
  }
  return result;
}

/** Compiles `{a: 1, 'b.c': 1}`, `{a: 0}`, $slice and $elemMatch; values keep their BSON types. */
export function compileProjection(projection: Doc): (bytes: Buffer) => Buffer {
  if (Object.keys(projection).length === 0) return (bytes) => bytes;
  const { tree, inclusive, keepId } = readSpec(projection);
  // In a tree of what to keep, _id is kept; in a tree of what to drop, it is dropped.
  if (inclusive === keepId) tree.set('_id', true);
  return (bytes) => write(projectDocument(readTyped(bytes), readPlain(bytes), tree, inclusive));
}
