import {
  getArgumentValues,
  GraphQLError,
  isLeafType,
  isListType,
  isNonNullType,
  locatedError,
  TypeNameMetaFieldDef,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
} from 'graphql';
import { keepText } from './answer-text.js';
import type { Plan, PlannedField, PlannedFields } from './plan.js';

export type Answer = Record<string, unknown>;
type Path = GraphQLResolveInfo['path'];
type Place = Omit<PlannedField, 'complete'>;

/** One answer under way. */
export interface Answering extends Pick<Plan, 'schema' | 'operation' | 'fragments'> {
  context: unknown;
  variables: Record<string, unknown>;
  /** Notes what went wrong at a place, which is null in the answer. */
  note(error: GraphQLError): void;
  /** Hears that something was called: what is answered there may be another thing next time. */
  called?(): void;
  /** Hears that a list was given again. */
  again?(): void;
}

/**
 * Makes of what a resolver gave what stands in the answer, or a promise of it: `prev` and `key` are its place. Throws what
 * makes it and what holds it null.
 */
export type Complete = (value: unknown, answering: Answering, prev: Path | undefined, key: string | number) => unknown;

/** How values of a type are completed (GraphQL October 2021, 6.4.3). `within` are the fields asked for of an object. */
export function completer(type: GraphQLOutputType, place: Place, within: PlannedFields): Complete {
  if (isNonNullType(type)) {
    const inner = completer(type.ofType, place, within);
    const present = (completed: unknown) => {
      if (completed !== null) return completed;
      throw new Error(`Cannot return null for non-nullable field ${nameOf(place)}.`);
    };
    return (value, answering, prev, key) => {
      const completed = inner(value, answering, prev, key);
      return isPromise(completed) ? completed.then(present) : present(completed);
    };
  }
  const whole = isListType(type) ? listOf(type.ofType, place, within) : isLeafType(type) ? leaf(type) : object();
  return (value, answering, prev, key) => {
    if (value instanceof Error) throw value;
    return value == null ? null : whole(value, answering, prev, key);
  };

  function object(): Complete {
    return (value, answering, prev, key) => completeFields(within, value, answering, pathTo(place, prev, key));
  }
}

function leaf(type: { name: string; serialize(value: unknown): unknown }): Complete {
  return (value) => {
    const serialized = type.serialize(value);
    if (serialized == null) throw new Error(`${type.name} cannot represent a value.`);
    return serialized;
  };
}

/**
 * Of a frozen list that turns out to be nothing but data, what was made of it is given again as long as the list is there:
 * pages that are kept are asked for over and over (`npm run bench -- submitted_forms`).
 */
function listOf(type: GraphQLOutputType, place: Place, within: PlannedFields): Complete {
  const inner = completer(type, place, within);
  const made = new WeakMap<object, object>();
  return (list, answering, prev, key) => {
    if (typeof list !== 'object' || list === null || !Object.isFrozen(list)) return make(list, answering, prev, key);
    const known = made.get(list);
    if (known !== undefined) {
      answering.again?.();
      return known;
    }
    let isData = true;
    const note = (error: GraphQLError) => {
      isData = false;
      answering.note(error);
    };
    const called = () => {
      isData = false;
      answering.called?.();
    };
    const completed = make(list, { ...answering, note, called }, prev, key);
    if (isData && !isPromise(completed)) {
      made.set(list, completed as object);
      keepText(completed as object);
    }
    return completed;
  };

  function make(list: unknown, answering: Answering, prev: Path | undefined, key: string | number): unknown {
    if (typeof list !== 'object' || !(Symbol.iterator in (list as object))) {
      throw new GraphQLError(`Expected Iterable, but did not find one for field "${nameOf(place)}".`);
    }
    const path = pathTo(place, prev, key);
    const completed: unknown[] = [];
    let promised = false;
    try {
      for (const item of list as Iterable<unknown>) {
        const one = itemOf(item, answering, path, completed.length);
        promised ||= isPromise(one);
        completed.push(one);
      }
    } catch (error) {
      leave(completed);
      throw error;
    }
    return promised ? Promise.all(completed) : completed;
  }

  function itemOf(item: unknown, answering: Answering, path: Path, index: number): unknown {
    try {
      const completed = isPromise(item)
        ? item.then((value) => inner(value, answering, path, index))
        : inner(item, answering, path, index);
      if (!isPromise(completed)) return completed;
      return completed.then(undefined, (error) => fail(error, type, place, answering, path, index));
    } catch (error) {
      return fail(error, type, place, answering, path, index);
    }
  }
}

/** What is under way beside something that failed is not waited for; that it may fail too is no news. */
function leave(underWay: readonly unknown[]): void {
  for (const one of underWay) if (isPromise(one)) one.catch(() => undefined);
}

/** Completes the fields of one object, side by side. */
export function completeFields(
  fields: PlannedFields,
  source: unknown,
  answering: Answering,
  path: Path | undefined,
): Answer | Promise<Answer> {
  const answer: Answer = {};
  let late: string[] | undefined;
  try {
    for (const field of fields) {
      const completed = completeField(field, source, answering, path);
      answer[field.key] = completed;
      if (isPromise(completed)) (late ??= []).push(field.key);
    }
  } catch (error) {
    if (!late) throw error;
    // What is under way beside it may fail as well, and somebody has to hear of it.
    return arrived(answer, late).finally(() => {
      throw error;
    });
  }
  return late ? arrived(answer, late) : answer;
}

/** The answer, once those of its members have arrived that are promised. */
async function arrived(answer: Answer, late: readonly string[]): Promise<Answer> {
  const values = await Promise.all(late.map((key) => answer[key]));
  for (const [nth, key] of late.entries()) answer[key] = values[nth];
  return answer;
}

/** Resolves and completes one field of an object, or promises to. */
export function completeField(
  field: PlannedField,
  source: unknown,
  answering: Answering,
  path: Path | undefined,
): unknown {
  const { key, definition, complete } = field;
  try {
    const value = valueOf(field, source, answering, path);
    const completed = isPromise(value)
      ? value.then((resolved) => complete(resolved, answering, path, key))
      : complete(value, answering, path, key);
    if (!isPromise(completed)) return completed;
    return completed.then(undefined, (error) => fail(error, definition.type, field, answering, path, key));
  } catch (error) {
    return fail(error, definition.type, field, answering, path, key);
  }
}

function valueOf(field: PlannedField, source: unknown, answering: Answering, path: Path | undefined): unknown {
  const { name, resolve } = field.definition;
  if (field.definition === TypeNameMetaFieldDef) return field.parentType.name;
  const property = resolve ?? (source as Record<string, unknown> | null | undefined)?.[name];
  if (typeof property !== 'function') return property;
  answering.called?.();
  const { variables, context } = answering;
  const given = field.takesArguments ? getArgumentValues(field.definition, field.nodes[0]!, variables) : {};
  const info = infoOf(field, answering, path);
  if (resolve) return resolve(source, given, context, info);
  return (source as Record<string, (...given: unknown[]) => unknown>)[name]!(given, context, info);
}

function infoOf(field: PlannedField, answering: Answering, path: Path | undefined): GraphQLResolveInfo {
  const { definition, nodes: fieldNodes, parentType, key } = field;
  const { schema, fragments, operation, variables: variableValues } = answering;
  return {
    fieldName: definition.name,
    fieldNodes,
    returnType: definition.type,
    parentType,
    path: pathTo(field, path, key),
    schema,
    fragments,
    rootValue: undefined,
    operation,
    variableValues,
  };
}

/** Where null may stand, an error is noted and null stands there; where not, it is thrown on. */
function fail(
  raw: unknown,
  type: GraphQLOutputType,
  place: Place,
  answering: Answering,
  prev: Path | undefined,
  key: string | number,
): null {
  const keys: (string | number)[] = [];
  for (let at: Path | undefined = { prev, key, typename: undefined }; at; at = at.prev) keys.unshift(at.key);
  const error = locatedError(raw, place.nodes, keys);
  if (isNonNullType(type)) throw error;
  answering.note(error);
  return null;
}

function pathTo({ parentType }: Place, prev: Path | undefined, key: string | number): Path {
  return { prev, key, typename: typeof key === 'string' ? parentType.name : undefined };
}

function nameOf({ parentType, definition }: Place): string {
  return `${parentType.name}.${definition.name}`;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';
}
