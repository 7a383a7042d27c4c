import { stringify } from 'yaml';
import { contract, publicTypes, schemaName, type PublicType } from './contract.js';
import type { Members, Schema } from './json-schema.js';
import { common, presence } from './members.js';

const both = publicTypes.flatMap((type) => [false, true].map((full) => [type, full] as const));

/** The JSON Schema of an event's data. Consumers take members that they do not know as they come: more may be added. */
export function dataSchema(type: PublicType, full: boolean): Schema & { $schema: string; title: string } {
  const { about, members, personal } = contract[type];
  const always: Members = { ...common, ...members, ...(full ? presence : {}) };
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: `${type}${full ? ', with personal data' : ''}`,
    description: about,
    type: 'object',
    properties: { ...always, ...(full ? personal : {}) },
    required: Object.keys(always),
  };
}

/** The files of deploy/contracts, by name. */
export function contractFiles(): Map<string, string> {
  const schemas = both.map(([type, full]): [string, string] => [
    schemaName(type, full),
    `${JSON.stringify(dataSchema(type, full), null, 2)}\n`,
  ]);
  return new Map([
    ['asyncapi.yaml', stringify(asyncApi(), { lineWidth: 0, aliasDuplicateObjects: false })],
    ...schemas,
  ]);
}

const text = (description: string) => ({ type: 'string', description });

/** The attributes of CloudEvents as Kafka headers (CloudEvents Kafka protocol binding 1.0.2, binary mode). */
const headers = {
  type: 'object',
  properties: {
    ce_specversion: { type: 'string', const: '1.0' },
    ce_id: text("The event's own id: what comes again with an id that you have seen is the same event."),
    ce_source: text('/councils/ and the id of the council.'),
    ce_type: text('The type, with its version.'),
    ce_subject: text('The reference of the referral.'),
    ce_time: { ...text('When it happened.'), format: 'date-time' },
    ce_dataschema: { ...text('The JSON Schema of the data.'), format: 'uri' },
    'content-type': { type: 'string', const: 'application/json' },
  },
  required: [
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_subject',
    'ce_time',
    'ce_dataschema',
    'content-type',
  ],
};

const DESCRIPTION = `What becomes of referrals, as CloudEvents 1.0, from the first event on. The events of one referral come in their
order, at least once each: keep the ids that you have dealt with, and pass over what comes again. Thin events hold no
personal data; full ones do, where a council's configuration asks for them. Types are versioned: members may be added to
a version, none is ever removed or changed.`;

/** The AsyncAPI 3 document of both topics and of the feed. */
export function asyncApi(): object {
  return {
    asyncapi: '3.0.0',
    info: { title: 'Frontdoor integration events', version: '1.0.0', description: DESCRIPTION },
    defaultContentType: 'application/json',
    channels: {
      thin: topic('frontdoor.referrals', 'Every public event of every council, without personal data.', false),
      full: topic('frontdoor.referrals.full', 'The same with personal data, of councils that are configured so.', true),
      feed: {
        address: '/integration/events',
        title: 'Feed over HTTP',
        description:
          "The council's events behind a cursor: GET with ?after=CURSOR&limit=N as application/cloudevents-batch+json " +
          '(the next cursor in the header x-next-cursor, and x-more: true while there is more at once), or with ' +
          'accept: text/event-stream as server-sent events, whose ids are cursors. Role SERVICE; thin or full as ' +
          "the council's configuration says.",
        messages: messages(false),
        bindings: { http: { bindingVersion: '0.3.0' } },
      },
    },
    operations: {
      sendThin: { action: 'send', channel: { $ref: '#/channels/thin' } },
      sendFull: { action: 'send', channel: { $ref: '#/channels/full' } },
      sendFeed: { action: 'send', channel: { $ref: '#/channels/feed' } },
    },
    components: { messages: componentMessages(), schemas: componentSchemas(), messageTraits: { cloudEvent } },
  };
}

const cloudEvent = {
  headers,
  bindings: { kafka: { key: text('The reference of the referral.'), bindingVersion: '0.5.0' } },
};

function topic(address: string, description: string, full: boolean): object {
  return { address, title: `Kafka topic ${address}`, description, messages: messages(full) };
}

const nameOf = (type: PublicType, full: boolean) => (full ? `${type}.full` : type);

function messages(full: boolean): object {
  const named = publicTypes.map((type) => nameOf(type, full));
  return Object.fromEntries(named.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

function componentMessages(): object {
  const entries = both.map(([type, full]) => {
    const name = nameOf(type, full);
    const payload = { $ref: `#/components/schemas/${name}` };
    const traits = [{ $ref: '#/components/messageTraits/cloudEvent' }];
    return [name, { name, title: type, summary: contract[type].about, traits, payload }] as const;
  });
  return Object.fromEntries(entries);
}

function componentSchemas(): object {
  const entries = both.map(([type, full]) => {
    const { $schema: _dialect, ...schema } = dataSchema(type, full);
    return [nameOf(type, full), schema] as const;
  });
  return Object.fromEntries(entries);
}
