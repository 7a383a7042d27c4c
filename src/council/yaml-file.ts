import { readFileSync } from 'node:fs';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { isAlias, isMap, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from 'yaml';

/** A mistake in a configuration file. */
export interface Mistake {
  file: string;
  /** From 1. */
  line: number;
  /** The path to what is wrong: `passwordPolicy.minLength`, `sections.2.questions.0.choices`; `(file)` for all of it. */
  key: string;
  message: string;
}

export interface YamlFile<T> {
  /** The file's content, once the schema found it to be right; null otherwise. */
  content: T | null;
  mistakes: Mistake[];
  /** A mistake at a path into the content, found by a later check. */
  mistake(path: readonly (string | number)[], message: string): Mistake;
}

/** Aliases a file may use (one list of genders in many tables); the parser's default of 100 guards against strangers' files. */
const MOST_ALIASES = 1000;

/** All errors, for whoever writes configuration wants to see them at once. */
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, verbose: true });

/** Compiles council.schema.json or form.schema.json. */
export function readSchema(path: string): ValidateFunction {
  return ajv.compile(JSON.parse(readFileSync(path, 'utf8')) as object);
}

/** Reads a YAML 1.2 file and holds it to a schema. Throws only where the file cannot be read at all. */
export function readYaml<T>(path: string, schema: ValidateFunction): YamlFile<T> {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines });
  const lineOf = (at: readonly (string | number)[]): number => lines.linePos(offsetOf(document, at)).line;
  const mistake = (at: readonly (string | number)[], message: string): Mistake => ({
    file: path,
    line: lineOf(at),
    key: at.join('.') || '(file)',
    message,
  });
  const broken = document.errors.map((error) => ({
    file: path,
    line: lines.linePos(error.pos[0]).line,
    key: '(file)',
    message: error.message.split('\n')[0] ?? 'is not YAML',
  }));
  if (broken.length > 0) return { content: null, mistakes: broken, mistake };
  const content: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
  if (schema(content)) return { content: content as T, mistakes: [], mistake };
  const errors = (schema.errors ?? []).filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames');
  return { content: null, mistakes: errors.map((error) => mistake(pathOf(error, content), wording(error))), mistake };
}

/** The path to what an error is about: the member that should not be there, the object that lacks one, or the value. */
function pathOf(error: ErrorObject, content: unknown): (string | number)[] {
  const params = error.params as Record<string, unknown>;
  const keys = error.instancePath.split('/').slice(1).map(unescapePointer);
  let at: unknown = content;
  const path = keys.map((key) => {
    const step = Array.isArray(at) ? Number(key) : key;
    at = (at as Record<string | number, unknown>)[step];
    return step;
  });
  const member = params.additionalProperty ?? params.missingProperty ?? error.propertyName;
  return typeof member === 'string' ? [...path, member] : path;
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function wording(error: ErrorObject): string {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'required':
      return 'is missing';
    case 'additionalProperties':
      return 'is not a known setting here';
    case 'enum':
      return `is ${JSON.stringify(error.data)}, and must be one of ${(params.allowedValues as unknown[]).join(', ')}`;
    case 'pattern':
    case 'type':
      return `is ${JSON.stringify(error.data)?.slice(0, 80)}, and ${error.message ?? ''}`;
    case 'not':
    case 'false schema':
      return 'is not for this kind of question';
    default:
      return error.message ?? error.keyword;
  }
}

/** Where the value at the path is written, or the innermost thing around it that is there. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  let node: Node | null | undefined = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document);
    if (isMap(node)) {
      const pair: Pair<unknown, unknown> | undefined = node.items.find((item) => String(item.key) === String(step));
      if (!pair) return offset;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      node = node.items[Number(step)] as Node | undefined;
      offset = node?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}
