import { crc32, inflateRaw } from 'node:zlib';
import { promisify } from 'node:util';

const inflate = promisify(inflateRaw);

/** A file inside a zip. Offsets and sizes in bytes. */
export interface ZipEntry {
  name: string;
  method: 'stored' | 'deflated';
  crc: number;
  compressedSize: number;
  size: number;
  /** Where its compressed bytes begin. */
  dataStart: number;
}

/** The bytes are no zip as an honest program writes one; the message says what is odd, for tests and logs. */
export class OddZip extends Error {}

const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
/** Flags (APPNOTE.TXT 4.4.4): encrypted, sizes behind the data, strong encryption, hidden headers. */
const ENCRYPTED = 0x0001 | 0x0040 | 0x2000;
const SIZES_BEHIND = 0x0008;
/** A data descriptor: with or without its signature. */
const DESCRIPTOR = [12, 16];

/**
 * Every file of a zip by its central directory (PKWARE APPNOTE.TXT), which must agree with what stands in front of each
 * file: readers that take one or the other must see the same. Nothing may stand between, before or behind.
 */
export function readZip(bytes: Buffer): ZipEntry[] {
  const end = bytes.length - END_SIZE;
  if (end < 0 || bytes.readUInt32LE(end) !== END) throw new OddZip('does not end as a zip does');
  const count = bytes.readUInt16LE(end + 10);
  const start = bytes.readUInt32LE(end + 16);
  const oneDisk = bytes.readUInt32LE(end + 4) === 0 && bytes.readUInt16LE(end + 8) === count;
  if (!oneDisk || start + bytes.readUInt32LE(end + 12) !== end) throw new OddZip('has an odd end');
  const entries: ZipEntry[] = [];
  const spans: { offset: number; end: number; flags: number }[] = [];
  let at = start;
  for (let index = 0; index < count; index += 1) {
    if (at + CENTRAL_SIZE > end || bytes.readUInt32LE(at) !== CENTRAL) throw new OddZip('has a broken directory');
    const nameLength = bytes.readUInt16LE(at + 28);
    const offset = bytes.readUInt32LE(at + 42);
    const rawName = bytes.subarray(at + CENTRAL_SIZE, at + CENTRAL_SIZE + nameLength);
    const flags = bytes.readUInt16LE(at + 8);
    const method = bytes.readUInt16LE(at + 10);
    if (flags & ENCRYPTED) throw new OddZip('is encrypted');
    if (method !== 0 && method !== 8) throw new OddZip('is compressed in an unusual way');
    if (offset + LOCAL_SIZE > start || bytes.readUInt32LE(offset) !== LOCAL) throw new OddZip('names a file it lacks');
    const localName = bytes.subarray(offset + LOCAL_SIZE, offset + LOCAL_SIZE + bytes.readUInt16LE(offset + 26));
    const agrees = localName.equals(rawName) && bytes.readUInt16LE(offset + 8) === method;
    if (!agrees || (bytes.readUInt16LE(offset + 6) & ENCRYPTED) !== 0) throw new OddZip('tells two stories of a file');
    const entry: ZipEntry = {
      name: rawName.toString('utf8'),
      method: method === 0 ? 'stored' : 'deflated',
      crc: bytes.readUInt32LE(at + 16),
      compressedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      dataStart: offset + LOCAL_SIZE + localName.length + bytes.readUInt16LE(offset + 28),
    };
    entries.push(entry);
    spans.push({ offset, end: entry.dataStart + entry.compressedSize, flags });
    at += CENTRAL_SIZE + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  if (at !== end) throw new OddZip('has more in its directory than it counts');
  if (new Set(entries.map(({ name }) => name.toLowerCase())).size < count)
    throw new OddZip('has two files of one name');
  const inOrder = [...spans].sort((a, b) => a.offset - b.offset);
  if (inOrder[0]?.offset !== 0) throw new OddZip('has something in front of its files');
  inOrder.forEach((span, index) => {
    const behind = (inOrder[index + 1]?.offset ?? start) - span.end;
    const allowed = span.flags & SIZES_BEHIND ? DESCRIPTOR : [0];
    if (!allowed.includes(behind)) throw new OddZip('has something between its files');
  });
  return entries;
}

/** The entry's content, held to the size and checksum that the directory tells: a bomb cannot understate itself. */
export async function readEntry(bytes: Buffer, entry: ZipEntry): Promise<Buffer> {
  const packed = bytes.subarray(entry.dataStart, entry.dataStart + entry.compressedSize);
  let content: Buffer = packed;
  if (entry.method === 'deflated') {
    try {
      content = await inflate(packed, { maxOutputLength: Math.max(1, entry.size) });
    } catch {
      throw new OddZip('unpacks to something else than it says');
    }
  }
  if (content.length !== entry.size || crc32(content) !== entry.crc)
    throw new OddZip('unpacks to something else than it says');
  return content;
}
