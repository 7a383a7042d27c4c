import { MAX_MESSAGE } from '../wire/message.js';
import type { Reply, Request, Server } from './request.js';

/** The MongoDB whose behaviour this server imitates, and that version's wire protocol. */
const VERSION = '7.0.0';
const WIRE_VERSION = 21;

/** `hello` and its older names: a standalone, so that drivers retry no writes and follow no topology. */
export function helloCommand(_server: Server, request: Request): Reply {
  const modern = request.name === 'hello';
  return {
    helloOk: true,
    ...(modern ? { isWritablePrimary: true } : { ismaster: true }),
    maxBsonObjectSize: 16 * 1024 * 1024,
    maxMessageSizeBytes: MAX_MESSAGE,
    maxWriteBatchSize: 100_000,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: 30,
    connectionId: 1,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ok: 1,
  };
}

/** `buildInfo`. */
export const buildInfoCommand = (): Reply => ({
  version: VERSION,
  versionArray: [...VERSION.split('.').map(Number), 0],
  gitVersion: 'embedded',
  modules: ['frontdoor-embedded'],
  bits: 64,
  debug: false,
  maxBsonObjectSize: 16 * 1024 * 1024,
  storageEngines: ['sqlite'],
  ok: 1,
});

/** `ping`, `endSessions` and the like: nothing to do. */
export const acceptedCommand = (): Reply => ({ ok: 1 });
