import type { Doc } from '../bson/document.js';
import { describeKey } from '../bson/describe.js';
import { Fault } from '../errors.js';

/** E11000 as MongoDB words it. */
export function duplicateKey(namespace: string, index: string, keyPattern: Doc, keyValue: Doc): Fault {
  const message = `E11000 duplicate key error collection: ${namespace} index: ${index} dup key: ${describeKey(keyValue)}`;
  return new Fault('DuplicateKey', message, { keyPattern, keyValue });
}
