import { SAVE_AS_PDF } from './wording.js';

/** Special sector numbers (MS-CFB 2.1). */
const LAST_REGULAR = 0xfffffffa;
/** Names of the streams and storages in which macros and embedded objects live (MS-DOC, MS-OVBA, MS-OLEDS). */
const MACROS = /^(macros|vba|_vba_project.*|project|projectwm|dir)$/i;
const EMBEDDED =
  /^(\p{Cc}?ole10native|\p{Cc}ole10itemname|package|contents|_\d{5,}|mbd[0-9a-f]{6,}|\p{Cc}eqnpdata|equation native)$/iu;
const PROTECTED = /^(encryptedpackage|encryptioninfo|\p{Cc}dataspaces|encryption)$/iu;
/** FibBase (MS-DOC 2.5.2): its magic number, and the flags fEncrypted and fObfuscated. */
const WORD_MAGIC = 0xa5ec;
const ENCRYPTED = 0x0100 | 0x8000;

const ODD = `The document is damaged, or was not written by Word. ${SAVE_AS_PDF}`;

/** What is wrong with a .doc file (Word 97 to 2003, in a compound file: MS-CFB); null where nothing is. */
export function inspectDoc(bytes: Buffer): string | null {
  const sector = bytes.length >= 512 ? 1 << bytes.readUInt16LE(30) : 0;
  if (sector !== 512 && sector !== 4096) return ODD;
  const fat = readFat(bytes, sector);
  const directory = fat && readChain(bytes, sector, fat, bytes.readUInt32LE(48));
  if (!directory) return ODD;
  const entries = directoryEntries(directory);
  const names = entries.map(({ name }) => name);
  if (names.some((name) => PROTECTED.test(name))) return passwordProblem();
  if (names.some((name) => MACROS.test(name)))
    return `The document holds macros, which are not accepted. ${SAVE_AS_PDF}`;
  if (names.some((name) => EMBEDDED.test(name))) {
    return `The document has another file or program embedded in it, which is not accepted. ${SAVE_AS_PDF}`;
  }
  const word = entries.find(({ name }) => name === 'WordDocument');
  if (!word) return 'The file is named as a Word document but is a different kind of file. Choose the document itself.';
  // The main stream of a Word document is never so small that it would live outside the regular sectors.
  const start = (word.start + 1) * sector;
  if (start + 12 > bytes.length || bytes.readUInt16LE(start) !== WORD_MAGIC) return ODD;
  if (bytes.readUInt16LE(start + 10) & ENCRYPTED) return passwordProblem();
  if (startsPrograms(bytes)) return `The document starts other programs when it is opened. ${SAVE_AS_PDF}`;
  return null;
}

function passwordProblem(): string {
  return 'The document is protected by a password, so it cannot be checked. Save a copy without the password.';
}

function directoryEntries(directory: Buffer): { name: string; start: number }[] {
  const entries = [];
  for (let at = 0; at + 128 <= directory.length; at += 128) {
    const nameBytes = directory.readUInt16LE(at + 64);
    if (directory[at + 66] === 0 || nameBytes < 2 || nameBytes > 64) continue;
    const name = directory.subarray(at, at + nameBytes - 2).toString('utf16le');
    entries.push({ name, start: directory.readUInt32LE(at + 116) });
  }
  return entries;
}

/** The file allocation table: the next sector of each. Undefined where the header or the table makes no sense. */
function readFat(bytes: Buffer, sector: number): number[] | undefined {
  const places = Array.from({ length: 109 }, (_, index) => bytes.readUInt32LE(76 + index * 4));
  let more = bytes.readUInt32LE(68);
  for (let left = bytes.readUInt32LE(72); left > 0 && more < LAST_REGULAR; left -= 1) {
    const table = sectorAt(bytes, sector, more);
    if (!table || places.length > bytes.length / sector) return undefined;
    for (let at = 0; at < sector - 4; at += 4) places.push(table.readUInt32LE(at));
    more = table.readUInt32LE(sector - 4);
  }
  const fat: number[] = [];
  for (const place of places.filter((number) => number < LAST_REGULAR)) {
    const table = sectorAt(bytes, sector, place);
    if (!table) return undefined;
    for (let at = 0; at < sector; at += 4) fat.push(table.readUInt32LE(at));
  }
  return fat;
}

function readChain(bytes: Buffer, sector: number, fat: number[], start: number): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = start; at < LAST_REGULAR; at = fat[at] ?? LAST_REGULAR) {
    const part = sectorAt(bytes, sector, at);
    // A chain longer than the file goes round in circles.
    if (!part || parts.length > bytes.length / sector) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function sectorAt(bytes: Buffer, sector: number, number: number): Buffer | undefined {
  const start = (number + 1) * sector;
  return start + sector <= bytes.length ? bytes.subarray(start, start + sector) : undefined;
}

/** DDE fields, in either of the encodings in which Word keeps text; a field begins with the control character 0x13. */
function startsPrograms(bytes: Buffer): boolean {
  return (
    /\p{Cc}\s*"?\s*DDE(AUTO)?\s/iu.test(bytes.toString('latin1')) || bytes.includes(Buffer.from('DDEAUTO', 'utf16le'))
  );
}
