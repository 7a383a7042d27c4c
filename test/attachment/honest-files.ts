import { crc32, deflateSync } from 'node:zlib';
import { makeZip, type Part, type ZipOptions } from './zip-maker.js';

export const DOCX_TYPE = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

export const contentTypes = (main = `${DOCX_TYPE}.main+xml`, more = '') =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="${main}"/>${more}</Types>`;
export const relationship = (type: string, target: string, external = true) =>
  `<Relationship Id="rId9" Type="${OFFICE}/${type}" Target="${target}"${external ? ' TargetMode="External"' : ''}/>`;
export const relationships = (...inner: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${inner.join('')}</Relationships>`;
export const documentXml = (body = '<w:p><w:r><w:t>Dear colleague</w:t></w:r></w:p>') =>
  `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>${body}</w:body></w:document>`;

/** A Word document of these parts, instead of or beside its usual ones. */
export function docx(changed: Record<string, string | Buffer | Part | null> = {}, options?: ZipOptions): Buffer {
  const usual: Record<string, string | Buffer | Part | null> = {
    '[Content_Types].xml': { name: '', content: contentTypes(), extra: Buffer.from('20a2040000000000', 'hex') },
    '_rels/.rels': relationships(relationship('officeDocument', 'word/document.xml', false)),
    'word/document.xml': documentXml(),
    'word/_rels/document.xml.rels': relationships(
      relationship('hyperlink', 'https://www.example.org/'),
      relationship('attachedTemplate', 'file:///C:\\Templates\\Letter.dotx'),
    ),
    'word/media/image1.png': png(),
    'docProps/app.xml': '<Properties/>',
  };
  const parts = Object.entries({ ...usual, ...changed }).flatMap(([name, part]): Part[] => {
    if (part === null) return [];
    return [
      typeof part === 'string' || Buffer.isBuffer(part)
        ? { name, content: part }
        : { ...part, name: part.name || name },
    ];
  });
  return makeZip(parts, options);
}

/** A compound file (MS-CFB) of streams and storages; the first stream is the Word document's own. */
export function doc({
  names = ['WordDocument', '1Table', '\x05SummaryInformation'],
  flags = 0,
  text = 'Dear colleague',
} = {}): Buffer {
  const sector = 512;
  const header = Buffer.alloc(sector, 0xff);
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header);
  header.fill(0, 8, 76);
  header.writeUInt16LE(0x3e, 24);
  header.writeUInt16LE(3, 26);
  header.writeUInt16LE(0xfffe, 28);
  header.writeUInt16LE(9, 30);
  header.writeUInt16LE(6, 32);
  header.writeUInt32LE(1, 44);
  header.writeUInt32LE(1, 48);
  header.writeUInt32LE(4096, 56);
  header.writeUInt32LE(0xfffffffe, 60);
  header.writeUInt32LE(0xfffffffe, 68);
  header.writeUInt32LE(0, 76);
  const directorySectors = Math.ceil((names.length + 1) / 4);
  const fat = Buffer.alloc(sector, 0xff);
  fat.writeUInt32LE(0xfffffffd, 0);
  for (let index = 0; index < directorySectors; index += 1) {
    fat.writeUInt32LE(index + 1 === directorySectors ? 0xfffffffe : index + 2, (index + 1) * 4);
  }
  const first = directorySectors + 1;
  for (let index = 0; index < 8; index += 1)
    fat.writeUInt32LE(index === 7 ? 0xfffffffe : first + index + 1, (first + index) * 4);
  const directory = Buffer.alloc(directorySectors * sector);
  ['Root Entry', ...names].forEach((name, index) => {
    const entry = directory.subarray(index * 128, (index + 1) * 128);
    entry.write(name, 'utf16le');
    entry.writeUInt16LE((name.length + 1) * 2, 64);
    entry.writeUInt8(index === 0 ? 5 : 2, 66);
    entry.writeUInt32LE(index === 1 ? first : 0xfffffffe, 116);
    entry.writeUInt32LE(index === 1 ? 4096 : 0, 120);
  });
  const word = Buffer.alloc(4096);
  word.writeUInt16LE(0xa5ec, 0);
  word.writeUInt16LE(flags, 10);
  word.write(text, 1024, 'latin1');
  return Buffer.concat([header, fat, directory, word]);
}

export function pngChunk(type: string, data: Buffer, wrongSum = false): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((crc32(body) + (wrongSum ? 1 : 0)) >>> 0);
  return Buffer.concat([length, body, sum]);
}

interface Picture {
  width?: number;
  height?: number;
  /** Bytes behind the picture's end. */
  after?: Buffer;
}

export function png({
  width = 2,
  height = 2,
  chunks = [],
  after = Buffer.alloc(0),
  data = true,
}: Picture & { chunks?: Buffer[]; data?: boolean } = {}): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc(6));
  const body = [
    pngChunk('IHDR', head),
    ...chunks,
    ...(data ? [pngChunk('IDAT', pixels)] : []),
    pngChunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...body, after]);
}

export function jpegSegment(marker: number, data: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

export function jpeg({
  width = 2,
  height = 2,
  segments = [],
  after = Buffer.alloc(0),
  end = true,
}: Picture & { segments?: Buffer[]; end?: boolean } = {}): Buffer {
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  return Buffer.concat([
    Buffer.from('ffd8', 'hex'),
    jpegSegment(0xe0, Buffer.from('JFIF\0\x01\x02\0\0\x01\0\x01\0\0', 'latin1')),
    ...segments,
    jpegSegment(0xc0, frame),
    jpegSegment(0xda, Buffer.from([1, 1, 0, 0, 63, 0])),
    Buffer.from('12ff0034ffd056', 'hex'),
    Buffer.from(end ? 'ffd9' : '', 'hex'),
    after,
  ]);
}

/** A PDF of these objects, numbered from 1; the first is its catalogue. */
export function pdf({
  objects = ['<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Kids [] /Count 0 >>'] as (string | Buffer)[],
  trailer = '',
  before = '',
  after = '',
} = {}): Buffer {
  const body = objects.map((object, index) =>
    Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object as string), Buffer.from('\nendobj\n')]),
  );
  return Buffer.concat([
    Buffer.from(`${before}%PDF-1.7\n%\xe2\xe3\xcf\xd3\n`, 'latin1'),
    ...body,
    Buffer.from(
      `xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n9\n%%EOF\n${after}`,
      'latin1',
    ),
  ]);
}

/** An object stream (ISO 32000-1, 7.5.7) of one object. */
export function objectStream(
  object: string,
  {
    dictionary = '/Type /ObjStm',
    pack = (plain: Buffer): Buffer => deflateSync(plain),
    filter = '/Filter /FlateDecode',
  } = {},
): Buffer {
  const content = pack(Buffer.from(`10 0 ${object}`));
  return Buffer.concat([
    Buffer.from(`<< ${dictionary} /N 1 /First 5 ${filter} /Length ${content.length} >>\nstream\r\n`),
    content,
    Buffer.from('\nendstream'),
  ]);
}
