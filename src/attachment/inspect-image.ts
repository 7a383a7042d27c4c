import { crc32 } from 'node:zlib';
import { hidesAnother } from './signatures.js';

/** 100 million: more than telephones take in ten megabytes, less than what fills a reader's memory (400 MB). */
const MOST_PIXELS = 100_000_000;
const PNG_SIGNATURE = '\x89PNG\r\n\x1a\n';
/** Frame headers of JPEG, where the size stands (ITU-T T.81, table B.1): all C0 to CF but DHT, JPG and DAC. */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

const DAMAGED = 'The picture is damaged or incomplete. Take or export it again.';
const TOO_LARGE = 'The picture has too many pixels. Save a smaller copy and upload that.';
const STOWAWAY = 'The file holds more than the picture. Save a copy with a picture editor, or take a screenshot of it.';

/** What is wrong with a PNG file; null where nothing is. Its chunks must fill the file, and each must be whole. */
export function inspectPng(bytes: Buffer): string | null {
  if (bytes.subarray(0, 8).toString('latin1') !== PNG_SIGNATURE) return DAMAGED;
  let at = 8;
  let data = false;
  for (let first = true; ; first = false) {
    if (at + 12 > bytes.length) return DAMAGED;
    const length = bytes.readUInt32BE(at);
    const end = at + 12 + length;
    if (end > bytes.length) return DAMAGED;
    const type = bytes.subarray(at + 4, at + 8).toString('latin1');
    if (crc32(bytes.subarray(at + 4, end - 4)) !== bytes.readUInt32BE(end - 4)) return DAMAGED;
    if (first) {
      if (type !== 'IHDR' || length !== 13) return DAMAGED;
      const problem = badSize(bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12));
      if (problem) return problem;
    } else if (type !== 'IDAT' && hidesAnother(bytes.subarray(at + 8, end - 4))) {
      return STOWAWAY;
    }
    data ||= type === 'IDAT';
    if (type === 'IEND') return !data ? DAMAGED : end === bytes.length ? null : STOWAWAY;
    at = end;
  }
}

/**
 * What is wrong with a JPEG file; null where nothing is. Cameras put more behind the picture (previews, their own
 * notes): that passes, unless it begins as a document, program or archive does.
 */
export function inspectJpeg(bytes: Buffer): string | null {
  if (bytes.subarray(0, 3).toString('latin1') !== '\xff\xd8\xff') return DAMAGED;
  let at = 2;
  let sized = false;
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at += 1;
    const marker = bytes[at + 1];
    if (bytes[at] !== 0xff || marker === undefined) return DAMAGED;
    if (marker === 0xd9) return !sized ? DAMAGED : hidesAnother(bytes.subarray(at + 2)) ? STOWAWAY : null;
    if (at + 4 > bytes.length) return DAMAGED;
    const end = at + 2 + bytes.readUInt16BE(at + 2);
    if (end > bytes.length || end < at + 4) return DAMAGED;
    if (isFrame(marker)) {
      if (end < at + 9) return DAMAGED;
      const problem = badSize(bytes.readUInt16BE(at + 7), bytes.readUInt16BE(at + 5));
      if (problem) return problem;
      sized = true;
    } else if (hidesAnother(bytes.subarray(at + 4, end))) {
      return STOWAWAY;
    }
    at = marker === 0xda ? scanEnd(bytes, end) : end;
  }
}

/** Where the next marker stands behind the coded data of a scan: FF00 is data, FFD0 to FFD7 only divide it. */
function scanEnd(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const next = at < 0 ? undefined : bytes[at + 1];
    if (next === undefined) return bytes.length;
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
    at += next === 0xff ? 1 : 2;
  }
}

function badSize(width: number, height: number): string | null {
  if (width === 0 || height === 0) return DAMAGED;
  return width * height > MOST_PIXELS ? TOO_LARGE : null;
}
