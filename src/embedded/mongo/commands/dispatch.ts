import { readPlain, write, type Doc } from '../bson/document.js';
import { without } from '../bson/elements.js';
import { asFault, Fault } from '../errors.js';
import type { Message } from '../wire/message.js';
import {
  compactCommand,
  createCommand,
  dropCommand,
  dropDatabaseCommand,
  listCollectionsCommand,
  listDatabasesCommand,
  renameCollectionCommand,
} from './collections.js';
import { explainCommand } from './explain.js';
import { findAndModifyCommand } from './find-and-modify.js';
import { createIndexesCommand, dropIndexesCommand, listIndexesCommand } from './indexes.js';
import {
  aggregateCommand,
  countCommand,
  distinctCommand,
  findCommand,
  getMoreCommand,
  killCursorsCommand,
} from './reads.js';
import type { Reply, Request, Server } from './request.js';
import { acceptedCommand, buildInfoCommand, helloCommand } from './session.js';
import { deleteCommand, insertCommand, updateCommand } from './writes.js';

type Command = (server: Server, request: Request) => Reply | Promise<Reply>;

/** Every command there is. A Map, so that no name reaches Object's own properties. */
const COMMANDS = new Map<string, Command>(
  Object.entries({
    hello: helloCommand,
    isMaster: helloCommand,
    ismaster: helloCommand,
    ping: acceptedCommand,
    endSessions: acceptedCommand,
    buildInfo: buildInfoCommand,
    buildinfo: buildInfoCommand,
    listDatabases: listDatabasesCommand,
    listCollections: listCollectionsCommand,
    create: createCommand,
    compact: compactCommand,
    drop: dropCommand,
    renameCollection: renameCollectionCommand,
    dropDatabase: dropDatabaseCommand,
    createIndexes: createIndexesCommand,
    listIndexes: listIndexesCommand,
    dropIndexes: dropIndexesCommand,
    insert: insertCommand,
    update: updateCommand,
    delete: deleteCommand,
    findAndModify: findAndModifyCommand,
    findandmodify: findAndModifyCommand,
    find: findCommand,
    getMore: getMoreCommand,
    killCursors: killCursorsCommand,
    count: countCommand,
    distinct: distinctCommand,
    aggregate: aggregateCommand,
    explain: explainCommand,
  }),
);

/** Members of every command that mean nothing here, and need not be read. */
const SESSION = ['lsid', '$clusterTime'];

const failure = (error: unknown): Doc => {
  const { code, codeName, message, details } = asFault(error);
  return { ok: 0, errmsg: message, code, codeName, ...details };
};

async function answer(server: Server, message: Message): Promise<Reply> {
  const body = readPlain(without(message.body, SESSION));
  const name = Object.keys(body)[0] ?? '';
  const command = COMMANDS.get(name);
  if (command === undefined) throw new Fault('CommandNotFound', `no such command: '${name}'`);
  const db = typeof body.$db === 'string' ? body.$db : 'admin';
  return command(server, { name, db, body, raw: message.body, sequences: message.sequences });
}

/** Runs the command in a message and gives the BSON of its answer, failures included. */
export async function dispatch(server: Server, message: Message): Promise<Buffer> {
  try {
    const reply = await answer(server, message);
    return Buffer.isBuffer(reply) ? reply : write(reply);
  } catch (error) {
    return write(failure(error));
  }
}
