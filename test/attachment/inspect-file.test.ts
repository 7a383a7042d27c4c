import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { inspectFile } from '../../src/attachment/inspect-file.js';
import type { AttachmentPolicy } from '../../src/council/council.js';
import { hostileFiles, hostileNames } from './hostile-files.js';
import {
  doc,
  docx,
  DOCX_TYPE,
  jpeg,
  jpegSegment,
  objectStream,
  pdf,
  png,
  pngChunk,
  relationship,
  relationships,
} from './honest-files.js';
import { makeZip } from './zip-maker.js';
import { cpuTime } from '../support/cpu-time.js';

const policy: AttachmentPolicy = {
  professionalsOnly: true,
  mediaTypes: ['application/pdf', 'application/msword', DOCX_TYPE, 'image/jpeg', 'image/png'],
  extensions: ['pdf', 'doc', 'docx', 'jpg', 'jpeg', 'png'],
  maxBytes: 10 * 1024 * 1024,
  maxCount: 10,
};
const TYPES: Record<string, string> = {
  pdf: 'application/pdf',
  doc: 'application/msword',
  docx: DOCX_TYPE,
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
};
const typeOf = (fileName: string) => TYPES[fileName.split('.').at(-1)!.toLowerCase()] ?? 'application/pdf';
const inspect = (fileName: string, bytes: Buffer) =>
  inspectFile(bytes, { fileName, mediaType: typeOf(fileName) }, policy);

describe('hostile files', () => {
  const corpus = hostileFiles();

  test('there are at least 200 of them, all different', () => {
    const distinct = new Set(
      corpus.map(([, name, bytes]) => `${name} ${createHash('sha256').update(bytes).digest('hex')}`),
    );
    expect(corpus.length).toBeGreaterThanOrEqual(200);
    expect(distinct.size).toBe(corpus.length);
    console.log(`hostile files: ${corpus.length}`);
  });

  test.each(corpus)('%s in %s is refused', async (_what, fileName, bytes) => {
    const inspection = await inspect(fileName, bytes);
    expect(inspection).toEqual({ ok: false, problem: expect.stringMatching(/^[A-Z].*\.$/s) });
  });

  test.each(hostileNames)('%j is no name', async (fileName) => {
    expect(await inspect(fileName, pdf())).toMatchObject({ ok: false });
  });

  test('each honest file cut at any of fifty places is refused, or still whole', async () => {
    const honest = { 'letter.docx': docx(), 'photo.png': png(), 'photo.jpg': jpeg() };
    for (const [name, bytes] of Object.entries(honest)) {
      for (let part = 1; part < 50; part += 1) {
        const cut = bytes.subarray(0, Math.floor((bytes.length * part) / 50));
        expect(await inspect(name, cut)).toMatchObject({ ok: false });
      }
    }
  });

  test('a file of hostile repetitions is judged in seconds', async () => {
    const patterns = [
      '/S%',
      '%/S/S\n',
      'stream\n',
      '/EF ',
      '/ObjStm /First stream\r\n',
      '#53',
      '/JavaScript',
      'obj ',
      '<< ',
    ];
    for (const pattern of patterns) {
      const filling = pattern.repeat(Math.floor((9 * 1024 * 1024) / pattern.length));
      const file = pdf({ objects: ['<< /Type /Catalog >>', filling] });
      const took = await cpuTime(() => inspect('letter.pdf', file));
      expect([pattern, took < 5_000 || took]).toEqual([pattern, true]);
    }
  });
});

describe('announcements', () => {
  test('extension, media type and content must agree', async () => {
    expect(await inspectFile(pdf(), { fileName: 'a.pdf', mediaType: 'image/png' }, policy)).toMatchObject({
      ok: false,
    });
    expect(await inspectFile(png(), { fileName: 'a.pdf', mediaType: 'application/pdf' }, policy)).toMatchObject({
      ok: false,
    });
  });

  test('a council that allows fewer kinds gets fewer', async () => {
    const file = { fileName: 'a.png', mediaType: 'image/png' };
    expect(await inspectFile(png(), file, { ...policy, mediaTypes: ['application/pdf'] })).toMatchObject({ ok: false });
    expect(await inspectFile(png(), file, { ...policy, extensions: ['pdf'] })).toMatchObject({ ok: false });
  });

  test('a kind that nobody can check is refused, even where the council allows it', async () => {
    const file = { fileName: 'a.txt', mediaType: 'text/plain' };
    const open = {
      ...policy,
      mediaTypes: [...policy.mediaTypes, 'text/plain'],
      extensions: [...policy.extensions, 'txt'],
    };
    expect(await inspectFile(Buffer.from('hello'), file, open)).toMatchObject({ ok: false });
  });

  test('the largest size is the largest that passes', async () => {
    const bytes = png();
    expect(
      await inspectFile(bytes, { fileName: 'a.png', mediaType: 'image/png' }, { ...policy, maxBytes: bytes.length }),
    ).toEqual({ ok: true });
    expect(
      await inspectFile(
        bytes,
        { fileName: 'a.png', mediaType: 'image/png' },
        { ...policy, maxBytes: bytes.length - 1 },
      ),
    ).toMatchObject({ ok: false });
  });
});

describe('honest files', () => {
  const content = deflateSync(Buffer.from('BT /F1 12 Tf (Skills: HTML/CSS, project/Launch) Tj ET'));
  const drawing = Buffer.concat([
    Buffer.from(`<< /Filter /FlateDecode /Length ${content.length} >>\nstream\n`),
    content,
    Buffer.from('\nendstream'),
  ]);
  const catalogue = [
    '<< /Type /Catalog /Pages 2 0 R /Outlines << /First 5 0 R >> >>',
    '<< /Type /Pages /Kids [] /Count 0 >>',
  ];
  const files: [string, string, Buffer][] = [
    ['a PDF', 'letter.pdf', pdf()],
    ['a PDF in capitals', 'LETTER.PDF', pdf()],
    [
      'a PDF with object streams',
      'letter.pdf',
      pdf({ objects: [...catalogue, objectStream('<< /Type /Page /Parent 2 0 R >>')] }),
    ],
    ['a PDF with drawings', 'letter.pdf', pdf({ objects: [...catalogue, objectStream('<< /Type /Page >>'), drawing] })],
    ['a PDF with padding', 'letter.pdf', pdf({ after: '\0\0\r\n' })],
    [
      'a PDF with a link',
      'letter.pdf',
      pdf({ objects: [...catalogue, '<< /A << /S /URI /URI (https://www.example.org/) >> >>'] }),
    ],
    ['a Word document', 'letter.docx', docx()],
    ['a Word document with an apostrophe', 'Child’s plan – March (2).docx', docx()],
    [
      'a Word document by another program',
      'letter.docx',
      docx({ 'word/styles.xml': { name: '', content: '<x/>', flags: 0x0808, behind: Buffer.alloc(16) } }),
    ],
    [
      'a Word document with folders',
      'letter.docx',
      docx({ 'word/theme/': { name: '', content: '', stored: true }, 'word/theme/theme1.xml': '<t/>' }),
    ],
    [
      'a Word document of a template nearby',
      'letter.docx',
      docx({ 'word/_rels/settings.xml.rels': relationships(relationship('attachedTemplate', 'Letter.dotm')) }),
    ],
    [
      'a Word document with fields',
      'letter.docx',
      docx({ 'word/footer1.xml': '<w:ftr xmlns:w="x"><w:instrText> PAGE \\* MERGEFORMAT </w:instrText></w:ftr>' }),
    ],
    ['an old Word document', 'letter.doc', doc()],
    [
      'an old Word document with many streams',
      'letter.doc',
      doc({ names: ['WordDocument', '0Table', 'Data', '\x01CompObj', 'ObjectPool'] }),
    ],
    [
      'an old Word document with its theme',
      'letter.doc',
      doc({ text: makeZip([{ name: 'theme/theme1.xml', content: '<t/>' }]).toString('latin1') }),
    ],
    ['a signed Word document', 'letter.docx', docx({ '_xmlsignatures/origin.sigs': '' })],
    [
      'a photograph from Photoshop',
      'photo.jpg',
      jpeg({ segments: [jpegSegment(0xed, Buffer.from('<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN">'))] }),
    ],
    ['a photograph', 'photo.jpg', jpeg()],
    [
      'a photograph of a telephone',
      'PHOTO.JPEG',
      jpeg({
        width: 9000,
        height: 6000,
        segments: [jpegSegment(0xe1, Buffer.from('Exif\0\0II*\0'))],
        after: Buffer.from('SEFHk\0\0\0SEFT'),
      }),
    ],
    ['a photograph with previews', 'photo.jpg', jpeg({ after: jpeg() })],
    ['a screenshot', 'photo.png', png()],
    [
      'a screenshot with notes',
      'photo.png',
      png({ chunks: [pngChunk('tEXt', Buffer.from('Software\0gnome-screenshot'))] }),
    ],
  ];

  test.each(files)('%s, %s, passes', async (_what, fileName, bytes) => {
    expect(await inspect(fileName, bytes)).toEqual({ ok: true });
  });
});
