import { crc32 } from 'node:zlib';
import Database from 'libsql';
import { linkHash, NO_HASH } from '../../src/core/hash-chain.js';
import { derivedId } from '../../src/core/ids.js';
import type { Random } from '../faults/random.js';

/** A row of the embedded store's table of events. */
export interface Row {
  position: number;
  stream: number;
  revision: number;
  id: string;
  type: string;
  is_json: number;
  created: number;
  data: Buffer;
  metadata: Buffer;
  checksum: number;
}

/** What was tampered with: the stream, and where in it. `knowing`: who did it recomputed all that can be recomputed. */
export interface Place {
  what: string;
  stream: string;
  revision: number;
  knowing: boolean;
}

/** The table of events as somebody sees it who can write to the file. */
export class TamperedFile {
  private readonly database: Database.Database;
  readonly names: Map<number, string>;

  constructor(file: string) {
    this.database = new Database(file);
    const streams = this.database.prepare('SELECT key, name FROM stream').all() as { key: number; name: string }[];
    this.names = new Map(streams.map(({ key, name }) => [key, name]));
  }

  rows(stream?: number): Row[] {
    const own = [...this.names].filter(([, name]) => !name.startsWith('$')).map(([key]) => key);
    const where = `WHERE stream IN (${stream ?? own.join(',')})`;
    const rows = this.database.prepare(`SELECT * FROM event ${where} ORDER BY position`).all() as Row[];
    return rows.map((row) => ({ ...row, data: Buffer.from(row.data), metadata: Buffer.from(row.metadata) }));
  }

  put(row: Row): void {
    const { position, stream, revision, id, type, is_json, created, data, metadata, checksum } = row;
    const values = [position, stream, revision, id, type, is_json, created, data, metadata, checksum];
    this.database.prepare('INSERT OR REPLACE INTO event VALUES (?,?,?,?,?,?,?,?,?,?)').run(...values);
  }

  delete(...positions: number[]): void {
    for (const position of positions) this.database.prepare('DELETE FROM event WHERE position = ?').run(position);
  }

  rename(stream: number, name: string): void {
    this.database.prepare('UPDATE stream SET name = ? WHERE key = ?').run(name, stream);
  }

  checksum(row: Row): number {
    const { position, stream, revision, created, id, type, is_json, data, metadata } = row;
    const head = [position, this.names.get(stream), revision, created, id, type, is_json === 1].join('\n');
    return crc32(metadata, crc32(data, crc32(head)));
  }

  /** Recomputes previous hashes, hashes, ids and checksums of a stream from a revision on, as only its writer would. */
  relink(stream: number, from: number): void {
    const rows = this.rows(stream).sort((a, b) => a.revision - b.revision);
    let previousHash = NO_HASH;
    let before = { commandId: '', nth: 0 };
    for (const row of rows) {
      const { hash: _old, ...rest } = JSON.parse(row.metadata.toString()) as { hash: string; commandId: string };
      const nth = rest.commandId === before.commandId ? before.nth + 1 : 0;
      before = { commandId: rest.commandId, nth };
      if (row.revision >= from) {
        const unlinked = { ...rest, previousHash };
        const { revision, type } = row;
        const texts = { data: row.data.toString(), metadata: JSON.stringify(unlinked) };
        const hash = linkHash({ previousHash, stream: this.names.get(stream)!, revision, type, ...texts });
        row.metadata = Buffer.from(JSON.stringify({ ...unlinked, hash }));
        row.id = derivedId(rest.commandId, nth, hash);
        this.put({ ...row, checksum: this.checksum(row) });
      }
      previousHash = (JSON.parse(row.metadata.toString()) as { hash: string }).hash;
    }
  }

  close(): void {
    this.database.pragma('wal_checkpoint(TRUNCATE)');
    this.database.close();
  }
}

type Tamper = (file: TamperedFile, random: Random) => Place;

const flipped = (bytes: Buffer, random: Random): Buffer => {
  const copy = Buffer.from(bytes);
  copy[random.whole(0, copy.length - 1)]! ^= 1 << random.whole(0, 7);
  return copy;
};

/** A bit of one column: `checksum` tells whether whoever did it put the store's own checksum right. */
const flip: Tamper = (file, random) => {
  const row = random.of(file.rows());
  const place = { stream: file.names.get(row.stream)!, revision: row.revision };
  const columns = ['id', 'type', 'data', 'metadata', 'revision', 'stream', 'created', 'is_json', 'position'] as const;
  const column = random.of(columns);
  const changed = { ...row };
  if (column === 'data' || column === 'metadata') changed[column] = flipped(row[column], random);
  else if (column === 'id' || column === 'type') {
    // Within ASCII: a text that is none any more is another kind of damage.
    const bytes = Buffer.from(row[column]);
    bytes[random.whole(0, bytes.length - 1)]! ^= 1 << random.whole(0, 4);
    changed[column] = bytes.toString('latin1');
  } else if (column === 'is_json') changed.is_json = 0;
  else if (column === 'revision') changed.revision = row.revision + 1_000;
  else if (column === 'stream') changed.stream = 10_000 + row.stream;
  else changed[column] = row[column] ^ (1 << random.whole(0, 5));
  // Creation and position are the store's own bookkeeping: its checksum alone covers them.
  const knowing = column !== 'created' && column !== 'position' && random.whole(0, 1) === 1;
  if (changed.position !== row.position) file.delete(row.position);
  file.put({ ...changed, checksum: knowing ? file.checksum(changed) : row.checksum });
  return { what: `flip of ${column}`, ...place, knowing };
};

const rename: Tamper = (file, random) => {
  const [key, stream] = random.of([...file.names].filter(([, name]) => !name.startsWith('$')));
  file.rename(
    key,
    stream.replace(/.$/, (last: string) => (last === '0' ? '1' : '0')),
  );
  return { what: 'stream renamed', stream, revision: 0, knowing: false };
};

const deletion: Tamper = (file, random) => {
  const row = random.of(file.rows());
  file.delete(row.position);
  return { what: 'deletion', stream: file.names.get(row.stream)!, revision: row.revision, knowing: false };
};

const swap: Tamper = (file, random) => {
  const rows = file.rows();
  const one = random.of(rows);
  const other = random.of(rows.filter(({ position }) => position !== one.position));
  const [first] = one.position < other.position ? [one] : [other];
  for (const [at, from] of [
    [one, other],
    [other, one],
  ] as const) {
    const { id, type, data, metadata } = from;
    const row = { ...at, id, type, data, metadata };
    file.put({ ...row, checksum: file.checksum(row) });
  }
  return { what: 'swap', stream: file.names.get(first.stream)!, revision: first.revision, knowing: true };
};

/** A row between two others, the later ones of its stream moved on by one. */
const insertion: Tamper = (file, random) => {
  const row = random.of(file.rows().slice(0, -1));
  const stream = file.names.get(row.stream)!;
  for (const later of file
    .rows(row.stream)
    .reverse()
    .filter(({ revision }) => revision > row.revision)) {
    const moved = { ...later, revision: later.revision + 1 };
    file.put({ ...moved, checksum: file.checksum(moved) });
  }
  const forged = { ...row, position: row.position + 1, revision: row.revision + 1, type: 'LegalHoldLifted' };
  file.put({ ...forged, checksum: file.checksum(forged) });
  const knowing = random.whole(0, 1) === 1;
  if (knowing) file.relink(row.stream, forged.revision);
  return { what: 'insertion', stream, revision: forged.revision, knowing };
};

const remade: Tamper = (file, random) => {
  const row = random.of(file.rows());
  const metadata = row.metadata.toString().replace('"id":"amira"', '"id":"somebody"');
  file.put({ ...row, metadata: Buffer.from(metadata) });
  file.relink(row.stream, row.revision);
  return { what: 'history made anew', stream: file.names.get(row.stream)!, revision: row.revision, knowing: true };
};

const truncation: Tamper = (file, random) => {
  const row = random.of(file.rows());
  const tail = file.rows(row.stream).filter(({ revision }) => revision >= row.revision);
  file.delete(...tail.map(({ position }) => position));
  return { what: 'truncated stream', stream: file.names.get(row.stream)!, revision: row.revision, knowing: true };
};

const cutLog: Tamper = (file, random) => {
  const row = random.of(file.rows());
  file.delete(
    ...file
      .rows()
      .map(({ position }) => position)
      .filter((position) => position >= row.position),
  );
  return { what: 'truncated log', stream: file.names.get(row.stream)!, revision: row.revision, knowing: true };
};

export const tamperings: readonly Tamper[] = [
  flip,
  flip,
  flip,
  deletion,
  swap,
  insertion,
  truncation,
  cutLog,
  remade,
  rename,
];
