import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import type { JsonSchema } from './conditions.js';

/** Whether a value passes its schema; `errors` says why the last one did not. */
export interface Validator {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

/** ownProperties: what an object inherits, such as `constructor`, is no answer. */
const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false, ownProperties: true });
ajv.addFormat('date', fullFormats.date);

interface Lazy extends Validator {
  compile(): void;
}

const known = new Map<string, Lazy>();

/**
 * The schema's validator. Equal schemas share one: the forms' some thousand questions need a few hundred. It is compiled
 * when it is first asked, or by `compileValidators`: compiling them all is a quarter of what reading the councils costs,
 * and most programs check no answer.
 */
export function validator(schema: JsonSchema): Validator {
  const key = JSON.stringify(schema);
  const before = known.get(key);
  if (before) return before;
  let compiled: Validator | undefined;
  const lazy: Lazy = Object.assign(
    (value: unknown) => {
      compiled ??= ajv.compile(schema);
      const passes = compiled(value);
      lazy.errors = compiled.errors;
      return passes;
    },
    { compile: () => void (compiled ??= ajv.compile(schema)) },
  );
  known.set(key, lazy);
  return lazy;
}

/** Compiles what there is: for who answers people, before the first comes. Throws where a schema is none. */
export function compileValidators(): void {
  for (const one of known.values()) one.compile();
}
