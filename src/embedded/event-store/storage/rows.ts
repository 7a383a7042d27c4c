import type Database from 'libsql';
import { StoreError } from '../problem.js';

/** An event as the table holds it, with the key of its stream, not yet held against its checksum. */
export interface Row {
  position: number;
  stream: number;
  revision: number;
  isJson: boolean;
  created: number;
  /** Undefined where the folder is older than checksums. */
  checksum: number | undefined;
  id: string;
  type: string;
  data: Buffer;
  metadata: Buffer;
}

/**
 * A row that SQLite hands over costs several times what it costs to find. So all rows come as one: their numbers as
 * text, the rest strung together (in the order of the query inside: SQLite keeps it for group_concat). All of it is read
 * as bytes: libsql ends the process where a text on the disk is not UTF-8 any more. What lacks something that every event
 * has is told by its position.
 */
const TOGETHER = `SELECT
  CAST(group_concat(coalesce(position||','||stream||','||revision||','||is_json||','||created||','
    ||coalesce(checksum, '')||','||octet_length(id)||','||octet_length(type)||','||octet_length(data)||','
    ||octet_length(metadata), position), ';') AS BLOB),
  CAST(group_concat(id||type||data||metadata, '') AS BLOB)`;

const NUMBERS = 10;

/** Prepares the reading of whole events; `where` says which, in which order and how many. */
export function eventQuery(database: Database.Database, where: string): (...values: number[]) => Row[] {
  const statement = database.prepare(`${TOGETHER} FROM (SELECT * FROM event ${where})`).raw();
  return (...values) => {
    const [numbers, contents] = statement.get(values) as [Buffer | null, Buffer];
    return numbers === null ? [] : toRows(numbers.toString('latin1').split(';'), contents);
  };
}

function toRows(lines: string[], contents: Buffer): Row[] {
  let at = 0;
  const next = (size: number) => contents.subarray(at, (at += size));
  return lines.map((line) => {
    const parts = line.split(',');
    const numbers = parts.map(Number);
    if (numbers.length !== NUMBERS || !numbers.every(Number.isSafeInteger)) {
      throw new StoreError({ kind: 'damaged', place: `the event at position ${parts[0]} of events.db` });
    }
    const [position, stream, revision, json, created, checksum, ...sizes] = numbers as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    return {
      position,
      stream,
      revision,
      isJson: json === 1,
      created,
      checksum: parts[5] === '' ? undefined : checksum,
      id: next(sizes[0]).toString('utf8'),
      type: next(sizes[1]).toString('utf8'),
      data: next(sizes[2]),
      metadata: next(sizes[3]),
    };
  });
}
