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

const compiled = new Map<string, Validator>();

/** The schema's validator. Equal schemas share one: the forms' some thousand questions need a few hundred. */
export function validator(schema: JsonSchema): Validator {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known) return known;
  const fresh = ajv.compile(schema);
  compiled.set(key, fresh);
  return fresh;
}
