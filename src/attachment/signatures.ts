const latin1 = (text: string) => Buffer.from(text, 'latin1');

/** How programs, archives, OLE containers, scripts and documents begin. */
const STARTS = [
  latin1('MZ'),
  latin1('PK\x03\x04'),
  latin1('PK\x05\x06'),
  latin1('\x7fELF'),
  latin1('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'),
  latin1('Rar!\x1a'),
  latin1('7z\xbc\xaf\x27\x1c'),
  latin1('%PDF-'),
  latin1('#!'),
];
/** Those of them, long enough not to come about by chance, by which other programs find what is hidden in a file. */
const MARKS = [...STARTS.filter(({ length }) => length > 2), latin1('This program cannot be run in DOS mode')];
/** Text that a browser or an interpreter would run. */
const MARKUP = /<\?php|<script|<html|<!doctype\s+html|<svg|<iframe/i;

const ZIP_END = latin1('PK\x05\x06');
/** An end of zip, its comment included, lies within the last 64 KiB (APPNOTE.TXT 4.3.16). */
const ZIP_TAIL = 22 + 65_535;
const PDF_START = latin1('%PDF-');
/** Readers of PDF take a header anywhere in these first bytes. */
const PDF_HEAD = 1_024;

/** The EICAR test file's text, in two parts so that no scanner takes this program for it. */
const EICAR = latin1(['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(''));

export function beginsAsAnother(bytes: Buffer): boolean {
  return STARTS.some((start) => bytes.subarray(0, start.length).equals(start));
}

/** Whether something of another kind, or something to run, is hidden in bytes that ought to be notes or padding. */
export function hidesAnother(bytes: Buffer): boolean {
  return beginsAsAnother(bytes) || MARKS.some((mark) => bytes.includes(mark)) || MARKUP.test(bytes.toString('latin1'));
}

/** Whether a program that looks for archives would find one at the end. */
export function endsAsZip(bytes: Buffer): boolean {
  return bytes.subarray(-ZIP_TAIL).includes(ZIP_END);
}

/** Whether an archive reaches to the very end. Word keeps a .doc's theme as a zip in its midst: that is none of these. */
export function isZipBehind(bytes: Buffer): boolean {
  for (
    let at = bytes.lastIndexOf(ZIP_END);
    at >= 0 && at >= bytes.length - ZIP_TAIL;
    at = bytes.lastIndexOf(ZIP_END, at - 1)
  ) {
    if (at + 22 <= bytes.length && at + 22 + bytes.readUInt16LE(at + 20) === bytes.length) return true;
    if (at === 0) break;
  }
  return false;
}

/** Whether a reader of PDF would take the file for one. */
export function opensAsPdf(bytes: Buffer): boolean {
  return bytes.subarray(0, PDF_HEAD).includes(PDF_START);
}

export function isEicar(bytes: Buffer): boolean {
  return bytes.includes(EICAR);
}
