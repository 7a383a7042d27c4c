import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import Database from 'libsql';
import type { LogRecord } from './log-record.js';

type Row = [
  position: number,
  stream: Buffer | null,
  revision: number,
  id: Buffer,
  type: Buffer,
  isJson: number,
  created: number,
  data: Buffer,
  metadata: Buffer,
  checksum: number | null,
];

const PAGE = 2_000;
/** Texts are read as bytes: libsql ends the process where a text is not UTF-8 any more. */
const SELECT = `SELECT position, CAST(name AS BLOB), revision, CAST(id AS BLOB), CAST(type AS BLOB), is_json, created, data,
  metadata, checksum FROM event LEFT JOIN stream ON stream.key = event.stream`;

/** The file of the embedded event store in a data folder or a backup; undefined where there is none. */
export function eventsFile(folder: string): string | undefined {
  return [join(folder, 'event-store', 'events.db'), join(folder, 'events.db')].find((file) => existsSync(file));
}

/**
 * The records of the embedded event store, straight from its file and in the order of its log, nothing left out: the
 * store itself would refuse to serve on from the first record that is damaged. Changes nothing in the folder.
 */
export class FolderLog {
  private readonly database: Database.Database;

  constructor(file: string) {
    this.database = new Database(file, { readonly: true, timeout: 5_000 });
  }

  /** Everything from a position on, that one included. */
  *records(from = 0n): Generator<LogRecord> {
    const page = this.database.prepare(`${SELECT} WHERE position >= ? ORDER BY position LIMIT ${PAGE}`).raw();
    for (let next = Number(from); ;) {
      const rows = page.all(next) as Row[];
      for (const row of rows) yield recordOf(row);
      if (rows.length < PAGE) return;
      next = rows.at(-1)![0] + 1;
    }
  }

  /** One stream, by its revisions. */
  *stream(name: string): Generator<LogRecord> {
    const all = this.database.prepare(
      `${SELECT} WHERE event.stream = (SELECT key FROM stream WHERE name = ?) ORDER BY revision`,
    );
    for (const row of all.raw().iterate(name) as Iterable<Row>) yield recordOf(row);
  }

  get count(): number {
    return (this.database.prepare('SELECT count(*) FROM event').raw().get() as [number])[0];
  }

  close(): void {
    this.database.close();
  }
}

function recordOf([position, name, revision, id, type, isJson, created, data, metadata, checksum]: Row): LogRecord {
  const stream = name?.toString('utf8') ?? '';
  const texts = { stream, id: id.toString('utf8'), type: type.toString('utf8') };
  // As the store sums it (src/embedded/event-store/storage/event-log.ts): creation and position are covered by nothing else.
  const head = [position, stream, revision, created, texts.id, texts.type, isJson === 1].join('\n');
  const sum = [data, metadata].reduce((at, bytes) => (bytes.length === 0 ? at : crc32(bytes, at)), crc32(head));
  return {
    ...texts,
    position: BigInt(position),
    revision,
    isJson: isJson === 1,
    data: data.toString('utf8'),
    metadata: metadata.toString('utf8'),
    ...(name === null && { damage: 'altered: it belongs to no stream any more' }),
    ...(checksum !== null && checksum !== sum && { damage: "altered: the store's own checksum does not fit" }),
  };
}
