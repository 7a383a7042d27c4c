import { OddZip, readEntry, readZip, type ZipEntry } from './zip.js';
import { beginsAsAnother, isEicar } from './signatures.js';
import { MALWARE, SAVE_AS_PDF } from './wording.js';

/** More parts than any document has, and more bytes unpacked than anything of 10 MB that people write. */
const MOST_PARTS = 5_000;
const MOST_UNPACKED = 100 * 1024 * 1024;

const DOCUMENT = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
/** What a document is made of (ECMA-376): texts, pictures, fonts, signatures. Whatever else it carries is a stowaway. */
const PARTS = /^[^/].*\.(xml|rels|jpe?g|png|gif|bmp|tiff?|emf|wmf|wdp|svg|odttf|fntdata|sigs)$/i;
const XML_PARTS = /\.(xml|rels|svg)$/i;
const MACROS = /vbaProject|vbaData|macroEnabled|ms-office\.vba/i;
const EMBEDDED = /(^|\/)(embeddings|activeX|afchunk|oleObject)/i;
/** Kinds of relationship that bring in something to run or to open. */
const BRINGS_IN = /\/(oleObject|package|control|aFChunk|frame|subDocument|attachedToolbars|vbaProject|wordVbaData)$/i;
/** Fields by which a document starts programs or fetches from elsewhere, when it is opened. */
const FIELDS = /\b(DDE|DDEAUTO|INCLUDETEXT)\b|\bINCLUDEPICTURE\s+"?\s*(https?:|ftp:|\\\\)|\bAUTOTEXTLIST\s+\S*http/i;
const SCRIPT_LINK = /^\s*(javascript|vbscript|data|ms-[a-z-]+|search-ms|mhtml|shell):/i;

const MACRO_PROBLEM = `The document holds macros, which are not accepted. ${SAVE_AS_PDF}`;
const OBJECT_PROBLEM = `The document has another file or program embedded in it, which is not accepted. ${SAVE_AS_PDF}`;
const LINK_PROBLEM = `The document fetches parts of itself from somewhere else when it is opened. ${SAVE_AS_PDF}`;
const ODD_PROBLEM = `The document is damaged, or was not written by a word processor. ${SAVE_AS_PDF}`;

/** What is wrong with a .docx file; null where nothing is. Every part is unpacked and looked at. */
export async function inspectDocx(bytes: Buffer): Promise<string | null> {
  try {
    const entries = readZip(bytes);
    return badParts(entries) ?? (await badContents(bytes, entries));
  } catch (error) {
    if (error instanceof OddZip) return ODD_PROBLEM;
    throw error;
  }
}

function badParts(entries: ZipEntry[]): string | null {
  const names = entries.map(({ name }) => name);
  const unpacked = entries.reduce((sum, { size }) => sum + size, 0);
  if (entries.length > MOST_PARTS || unpacked > MOST_UNPACKED) {
    return `The document unpacks to far more than its size lets expect. ${SAVE_AS_PDF}`;
  }
  if (names.some((name) => MACROS.test(name))) return MACRO_PROBLEM;
  if (names.some((name) => EMBEDDED.test(name))) return OBJECT_PROBLEM;
  const needed = ['[Content_Types].xml', '_rels/.rels', 'word/document.xml'];
  if (needed.some((name) => !names.includes(name))) {
    return 'The file is named as a Word document but is a different kind of archive. Choose the document itself.';
  }
  const odd = entries.find(({ name, size }) => {
    const folder = name.endsWith('/') && size === 0;
    return /\\|\0|^[a-z]:|(^|\/)\.\.(\/|$)/i.test(name) || !(folder || PARTS.test(name));
  });
  return odd ? OBJECT_PROBLEM : null;
}

async function badContents(bytes: Buffer, entries: ZipEntry[]): Promise<string | null> {
  for (const entry of entries) {
    const content = await readEntry(bytes, entry);
    if (isEicar(content)) return MALWARE;
    const problem = XML_PARTS.test(entry.name)
      ? badXml(entry.name, content)
      : beginsAsAnother(content)
        ? OBJECT_PROBLEM
        : null;
    if (problem) return problem;
  }
  return null;
}

function badXml(name: string, content: Buffer): string | null {
  const xml = decode(content);
  // Any other encoding would let words pass unread; Office itself writes UTF-8.
  const encoding = /^[^>]*\sencoding\s*=\s*["']([^"']*)["']/.exec(xml.slice(0, 200))?.[1];
  if (xml.includes('\0') || (encoding !== undefined && !/^(utf-?8|utf-?16|us-ascii)$/i.test(encoding)))
    return ODD_PROBLEM;
  if (/<!(DOCTYPE|ENTITY)/i.test(xml)) return ODD_PROBLEM;
  if (name === '[Content_Types].xml') {
    if (MACROS.test(xml)) return MACRO_PROBLEM;
    if (!xml.includes(DOCUMENT)) return 'The file is not a Word document (.docx). Save it as one, or as a PDF.';
  }
  if (name.toLowerCase().endsWith('.rels')) return badRelationships(xml);
  if (/<([a-z0-9]+:)?(OLEObject|altChunk|control)[\s/>]/i.test(xml)) return OBJECT_PROBLEM;
  if (/\.svg$/i.test(name) && /<script|<foreignObject|\son[a-z]+\s*=/i.test(xml)) return OBJECT_PROBLEM;
  return FIELDS.test(fieldsOf(xml)) ? LINK_PROBLEM : null;
}

/** The document's field instructions; Word may split one over many runs, so they are put together again. */
function fieldsOf(xml: string): string {
  const simple = [...xml.matchAll(/\binstr\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, a, b]) =>
    unescapeXml(a ?? b ?? ''),
  );
  const runs = [...xml.matchAll(/<[a-z0-9]*:?instrText[^>]*>([^<]*)</g)].map(([, text]) => unescapeXml(text ?? ''));
  return [...simple, runs.join('')].join('\n');
}

function badRelationships(xml: string): string | null {
  for (const [tag] of xml.matchAll(/<([a-z0-9]+:)?Relationship\s[^>]*>/gi)) {
    const type = attribute(tag, 'Type');
    const target = attribute(tag, 'Target');
    if (MACROS.test(type) || MACROS.test(target)) return MACRO_PROBLEM;
    if (BRINGS_IN.test(type)) return OBJECT_PROBLEM;
    if (attribute(tag, 'TargetMode').toLowerCase() !== 'external') continue;
    if (type.endsWith('/hyperlink')) {
      if (SCRIPT_LINK.test(target)) return LINK_PROBLEM;
    } else if (!(type.endsWith('/attachedTemplate') && isLocal(target))) {
      return LINK_PROBLEM;
    }
  }
  return null;
}

/** Word notes where on the writer's own disk its template was: nobody else's machine fetches that. */
function isLocal(target: string): boolean {
  return /^(file:\/\/\/)?[a-z]:[\\/]/i.test(target) || /^[^:/\\%]+\.(dotx?|dotm)$/i.test(target);
}

function attribute(tag: string, name: string): string {
  const [, double, single] = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(tag) ?? [];
  return unescapeXml(double ?? single ?? '');
}

function unescapeXml(text: string): string {
  return text
    .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/gi, (_all, hex: string | undefined, decimal: string | undefined) =>
      String.fromCodePoint(Math.min(0x10ffff, hex ? parseInt(hex, 16) : Number(decimal))),
    )
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}

function decode(content: Buffer): string {
  if (content[0] === 0xff && content[1] === 0xfe) return content.subarray(2).toString('utf16le');
  if (content[0] === 0xfe && content[1] === 0xff && content.length % 2 === 0) {
    return Buffer.from(content.subarray(2)).swap16().toString('utf16le');
  }
  return content.toString('utf8').replace(/^\uFEFF/, '');
}
