import { ObjectId } from 'bson';
import { write } from './document.js';
import { elementOf, fromElements, inner } from './elements.js';

/** The fields of a document that tell it from others. */
export const ID: readonly string[] = ['_id'];

/** The document as it is stored: _id comes first, and one without it is given one. */
export function withIdFirst(bytes: Buffer): Buffer {
  const id = elementOf(bytes, '_id');
  if (id === undefined) return fromElements([inner(write({ _id: new ObjectId() })), inner(bytes)]);
  if (id.start === 4) return bytes;
  return fromElements([id.whole, bytes.subarray(4, id.start), bytes.subarray(id.end, -1)]);
}
