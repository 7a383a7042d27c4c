import { constants, inflate, inflateSync } from 'node:zlib';
import { promisify } from 'node:util';

const unpack = promisify(inflate);

/** More streams than ten megabytes of honest PDF have. */
const MOST_STREAMS = 20_000;
/** Unpacked bytes of all object streams together: they hold the document's skeleton, never its pictures. */
const MOST_UNPACKED = 64 * 1024 * 1024;
/** How far back of its data a stream's dictionary is looked for, in bytes. */
const DICTIONARY = 4_096;
const HASH = 0x23;

/** Names of actions that run or start something (ISO 32000-1, 12.6.4), and what brings other files in. */
const SCRIPTS = /\/(?:JavaScript|Launch|ImportData|SubmitForm|GoToE|Rendition|Movie|XFA)(?![A-Za-z0-9])/g;
const FILES = /\/(?:EmbeddedFiles?|FileAttachment|RichMedia\w*)(?![A-Za-z0-9])/g;
const FILES_BY_KEY = /\/EF[\s\0]*<<|\/EF\s+\d+\s+\d+\s+R/;
const ENCRYPTED = /\/(?:Encrypt|Crypt)(?![A-Za-z0-9])/g;

const PRINT_AGAIN = 'Open it, print it to a new PDF, and upload that one.';
const SCRIPT_PROBLEM = `The PDF holds scripts or starts other programs, which is not accepted. ${PRINT_AGAIN}`;
const FILES_PROBLEM = `The PDF has other files or films embedded in it, which is not accepted. ${PRINT_AGAIN}`;
const PASSWORD_PROBLEM = `The PDF is protected, so it cannot be checked. ${PRINT_AGAIN}`;
const ODD_PROBLEM = `The PDF is damaged, incomplete, or has something else in it. ${PRINT_AGAIN}`;

/**
 * What is wrong with a PDF file; null where nothing is. Looks for forbidden names wherever objects can be: in the file
 * itself, with the escapes of names undone, and unpacked in its object streams.
 */
export async function inspectPdf(bytes: Buffer): Promise<string | null> {
  const text = bytes.toString('latin1');
  if (!/^%PDF-(1\.\d|2\.0)[\r\n \t]/.test(text)) return ODD_PROBLEM;
  // What is behind the end would be something else to another program; a few bytes of padding are common.
  const end = text.lastIndexOf('%%EOF');
  if (end < 0 || /[^\s\0]/.test(text.slice(end + 5)) || !text.includes('startxref')) return ODD_PROBLEM;
  return badObjects(bytes) ?? badStreams(bytes, text);
}

function badObjects(bytes: Buffer): string | null {
  const text = withoutEscapes(bytes);
  if (names(text, ENCRYPTED)) return PASSWORD_PROBLEM;
  if (names(text, SCRIPTS)) return SCRIPT_PROBLEM;
  return names(text, FILES) || FILES_BY_KEY.test(text) ? FILES_PROBLEM : null;
}

/** The text with the escapes of names undone: /J#61vaScript is /JavaScript. */
function withoutEscapes(bytes: Buffer): string {
  const plain = Buffer.from(bytes);
  let length = 0;
  let at = 0;
  for (let hash = bytes.indexOf(HASH); hash >= 0; hash = bytes.indexOf(HASH, at)) {
    bytes.copy(plain, length, at, hash);
    length += hash - at;
    const high = hexDigit(bytes[hash + 1]);
    const low = hexDigit(bytes[hash + 2]);
    const escaped = high >= 0 && low >= 0;
    plain[length] = escaped ? high * 16 + low : HASH;
    length += 1;
    at = hash + (escaped ? 3 : 1);
  }
  length += bytes.copy(plain, length, at);
  return plain.toString('latin1', 0, length);
}

/** 0 to 15; −1 where the byte is no hexadecimal digit. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Whether one of the names stands where a name can: not behind a letter, as in a title such as "Project/Launch". */
function names(text: string, pattern: RegExp): boolean {
  for (const { index } of text.matchAll(pattern)) {
    const before = text.slice(Math.max(0, index - 40), index);
    if (/(^|[^A-Za-z0-9]|\bobj|\bR|\/[A-Za-z0-9]+)$/.test(before)) return true;
  }
  return false;
}

/**
 * Object streams, unpacked. Neither a stream's dictionary nor its length is believed: the compressed data end by
 * themselves, and what begins with two whole numbers can be read as objects (ISO 32000-1, 7.5.7).
 */
async function badStreams(bytes: Buffer, text: string): Promise<string | null> {
  let left = MOST_UNPACKED;
  let count = 0;
  for (const { index } of text.matchAll(/(?<!end)stream(?=[\r\n])/g)) {
    count += 1;
    if (count > MOST_STREAMS) return ODD_PROBLEM;
    const start = index + (text.startsWith('\r\n', index + 6) ? 8 : 7);
    if (!/^(?:[\s\0]|%[^\r\n]{0,200}[\r\n]){0,8}\d+[\s\0]+\d+[\s\0]/.test(beginning(bytes, start))) {
      // Objects that are packed in any other way could not be looked into.
      if (isNamedObjects(bytes.subarray(Math.max(0, index - DICTIONARY), index))) return ODD_PROBLEM;
      continue;
    }
    try {
      const content = await unpack(bytes.subarray(start), { maxOutputLength: left });
      left = Math.max(1, left - content.length);
      const problem = badObjects(content);
      if (problem) return problem;
    } catch {
      return ODD_PROBLEM;
    }
  }
  return null;
}

/** The first unpacked bytes of a Flate stream; none where it is no such stream. */
function beginning(bytes: Buffer, start: number): string {
  const head = bytes.subarray(start, start + 512);
  // The header of zlib's format (RFC 1950): spares the attempt for the pictures.
  if (head.length < 2 || (head[0]! & 15) !== 8 || head.readUInt16BE() % 31 !== 0) return '';
  try {
    return inflateSync(head, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, 2_048).toString('latin1');
  } catch {
    return '';
  }
}

/** Whether the dictionary that ends here says /ObjStm, and that it is packed: what is not was seen in the file itself. */
function isNamedObjects(before: Buffer): boolean {
  const own = withoutEscapes(before.subarray(before.lastIndexOf(' obj') + 1));
  return /\/ObjStm/.test(own) && /\/F(ilter)?(?![A-Za-z])/.test(own);
}
