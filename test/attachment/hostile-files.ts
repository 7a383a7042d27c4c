import { contentTypes, doc, docx, jpeg, jpegSegment, pdf, png, pngChunk } from './honest-files.js';
import { pdfs } from './hostile-pdf.js';
import { documents, oldDocuments } from './hostile-word.js';
import { ARCHIVE, EICAR, ELF, EXE } from './payloads.js';
import { makeZip } from './zip-maker.js';

/** A file that must never be released: what it is, its name, and its bytes. */
export type Hostile = [what: string, fileName: string, bytes: Buffer];

const NAMES = ['letter.pdf', 'letter.doc', 'letter.docx', 'photo.jpg', 'photo.png'];

/** Other things under a name that is accepted. */
const disguised: Record<string, Buffer> = {
  'a program': EXE,
  'a Linux program': ELF,
  'a shell script': Buffer.from('#!/bin/sh\nrm -rf ~\n'),
  'a web page': Buffer.from('<!doctype html><script>alert(1)</script>'),
  'an SVG with a script': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
  'rich text': Buffer.from('{\\rtf1\\ansi{\\object\\objocx}}'),
  'a RAR archive': Buffer.from('Rar!\x1a\x07\x01\x00', 'latin1'),
  'a 7-Zip archive': Buffer.from('377abcaf271c', 'hex'),
  'a GIF': Buffer.from('GIF89a\x01\x00\x01\x00', 'latin1'),
  'the EICAR test file': EICAR,
  'a zip archive': ARCHIVE,
  'a Java archive': makeZip([
    { name: 'META-INF/MANIFEST.MF', content: 'Main-Class: Run' },
    { name: 'Run.class', content: Buffer.from('cafebabe', 'hex') },
  ]),
  'a spreadsheet': makeZip([
    {
      name: '[Content_Types].xml',
      content: contentTypes('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml'),
    },
    { name: 'xl/workbook.xml', content: '<workbook/>' },
  ]),
  nothing: Buffer.alloc(0),
  'random bytes': Buffer.from('0123456789abcdef'.repeat(8), 'hex'),
};

/** Honest files of each kind, under the names of the others. */
const honest: Record<string, Buffer> = {
  'letter.pdf': pdf(),
  'letter.doc': doc(),
  'letter.docx': docx(),
  'photo.jpg': jpeg(),
  'photo.png': png(),
};

const markup = ['<script>alert(1)</script>', '<?php system($_GET[0]); ?>', '<html><body>', '<svg onload=alert(1)>'];
const pictures: [string, string, Buffer][] = [
  ...markup.map((text): [string, string, Buffer] => [
    `${text.slice(0, 6)} in its comment`,
    'photo.jpg',
    jpeg({ segments: [jpegSegment(0xfe, Buffer.from(text))] }),
  ]),
  ...markup.map((text): [string, string, Buffer] => [
    `${text.slice(0, 6)} behind it`,
    'photo.jpg',
    jpeg({ after: Buffer.from(text) }),
  ]),
  ...markup.map((text): [string, string, Buffer] => [
    `${text.slice(0, 6)} in its text`,
    'photo.png',
    png({ chunks: [pngChunk('tEXt', Buffer.from(`Comment\0${text}`))] }),
  ]),
  ...[EXE, ELF, ARCHIVE, pdf(), doc(), disguised['a RAR archive']!, disguised['a 7-Zip archive']!].flatMap(
    (after, index): [string, string, Buffer][] => [
      [`stowaway ${index} behind it`, 'photo.jpg', jpeg({ after })],
      [`stowaway ${index} behind it`, 'photo.png', png({ after })],
      [`stowaway ${index} in its notes`, 'photo.jpg', jpeg({ segments: [jpegSegment(0xed, after)] })],
    ],
  ),
  ['a PDF in its first bytes', 'photo.jpg', jpeg({ segments: [jpegSegment(0xfe, Buffer.from('%PDF-1.4'))] })],
  ['a PDF in its first bytes', 'photo.png', png({ chunks: [pngChunk('tEXt', Buffer.from('%PDF-1.4'))] })],
  ['a billion pixels', 'photo.jpg', jpeg({ width: 40_000, height: 40_000 })],
  ['a billion pixels', 'photo.png', png({ width: 40_000, height: 40_000 })],
  ['no width', 'photo.jpg', jpeg({ width: 0 })],
  ['no height', 'photo.png', png({ height: 0 })],
  ['no end', 'photo.jpg', jpeg({ end: false })],
  ['no end', 'photo.png', png().subarray(0, -12)],
  ['no picture', 'photo.png', png({ data: false })],
  ['no frame', 'photo.jpg', Buffer.from('ffd8ffe00002ffd9', 'hex')],
  ['a segment beyond its end', 'photo.jpg', Buffer.from('ffd8ffe0ffff00', 'hex')],
  ['a wrong checksum', 'photo.png', png({ chunks: [pngChunk('tEXt', Buffer.from('x'), true)] })],
  [
    'a chunk in front of its header',
    'photo.png',
    Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), pngChunk('tEXt', Buffer.from('x')), png().subarray(8)]),
  ],
  ['remains of what was cropped away', 'photo.png', png({ after: pngChunk('IDAT', Buffer.alloc(40)) })],
  ['the EICAR file behind it', 'photo.jpg', jpeg({ after: EICAR })],
  ['the EICAR file in its notes', 'photo.png', png({ chunks: [pngChunk('tEXt', EICAR)] })],
];

/** Names that are refused, whatever is in the file. */
export const hostileNames = [
  '../../etc/passwd.pdf',
  '..\\..\\letter.pdf',
  '/etc/letter.pdf',
  'C:\\letter.pdf',
  'letter\0.pdf',
  'letter\n.pdf',
  'let\u202efdp.exe',
  'letter\u202e.pdf',
  'letter.pdf.exe',
  'letter.exe.pdf',
  'letter.js.pdf',
  'letter.docm',
  'letter.dotm',
  'letter.exe',
  'letter.html',
  'letter.svg',
  'letter.php.png',
  'letter.hta.doc',
  'letter',
  'letter.',
  '.pdf',
  '.htaccess',
  'letter.pdf ',
  ' letter.pdf',
  'letter.pdf.',
  'letter.pdf::$DATA',
  'letter<b>.pdf',
  'letter.zip',
  'letter.rtf',
  'letter.xlsx',
  'let|ter.pdf',
  'letter\ud800.pdf',
];

/** The corpus: every file named as one that is accepted. */
export function hostileFiles(): Hostile[] {
  return [
    ...NAMES.flatMap((name) => Object.entries(disguised).map(([what, bytes]): Hostile => [what, name, bytes])),
    ...NAMES.flatMap((name) =>
      Object.keys(honest)
        .filter((other) => other !== name)
        .map((other): Hostile => [`an honest ${other}`, name, honest[other]!]),
    ),
    ...documents.map(([what, bytes]): Hostile => [what, 'letter.docx', bytes]),
    ...oldDocuments.map(([what, bytes]): Hostile => [what, 'letter.doc', bytes]),
    ...pdfs.map(([what, bytes]): Hostile => [what, 'letter.pdf', bytes]),
    ...pictures,
  ];
}
