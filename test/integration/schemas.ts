import { expect } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { PublicEvent } from '../../projections/kafka/contract.js';
import { dataSchema } from '../../projections/kafka/documents.js';

const ajv = new Ajv({ allErrors: true });
addFormats.default(ajv);

type Json = Record<string, unknown>;

/** The published schema, held more strictly: an event of ours has no member that the schema does not name. */
function closed(schema: Json): Json {
  const inner = (value: unknown) => closed(value as Json);
  return {
    ...schema,
    ...(schema.items ? { items: inner(schema.items) } : {}),
    ...(schema.properties
      ? {
          properties: Object.fromEntries(
            Object.entries(schema.properties).map(([name, member]) => [name, inner(member)]),
          ),
          additionalProperties: false,
        }
      : {}),
  };
}

/** Holds an event to its schema and to CloudEvents 1.0. */
export function expectContract(event: PublicEvent): void {
  const full = 'personalData' in event.data;
  const schema = closed(dataSchema(event.type, full) as unknown as Json);
  // As it arrives: what JSON cannot hold is not there.
  const data: unknown = JSON.parse(JSON.stringify(event.data));
  expect({ valid: ajv.validate(schema, data), errors: ajv.errors }).toEqual({ valid: true, errors: null });
  expect(event).toEqual({
    specversion: '1.0',
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    source: `/councils/${event.data.council}`,
    type: event.type,
    subject: event.data.reference,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    datacontenttype: 'application/json',
    dataschema: expect.stringMatching(
      new RegExp(`/integration/schemas/${event.type}${full ? '.full' : ''}.schema.json$`),
    ),
    data: expect.anything(),
  });
}
