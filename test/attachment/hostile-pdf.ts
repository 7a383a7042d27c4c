import { deflateSync } from 'node:zlib';
import { objectStream, pdf } from './honest-files.js';
import { ARCHIVE, EICAR, EXE } from './payloads.js';

const catalog = (more: string) => [`<< /Type /Catalog /Pages 2 0 R ${more} >>`, '<< /Type /Pages /Kids [] /Count 0 >>'];
/** PDFs that must never be released: what is in them, and their bytes. */
export const pdfs: [string, Buffer][] = [
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
