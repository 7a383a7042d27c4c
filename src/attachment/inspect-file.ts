import type { AttachmentPolicy } from '../council/council.js';
import { inspectDoc } from './inspect-doc.js';
import { inspectDocx } from './inspect-docx.js';
import { inspectJpeg, inspectPng } from './inspect-image.js';
import { inspectPdf } from './inspect-pdf.js';
import { endsAsZip, isEicar, isZipBehind, opensAsPdf } from './signatures.js';
import { MALWARE } from './wording.js';

/** What a file is called and said to be. */
export interface NamedFile {
  fileName: string;
  mediaType: string;
}
export type Inspection = { ok: true } | { ok: false; problem: string };

interface Kind {
  name: string;
  mediaType: string;
  extensions: string[];
  /** How every file of the kind begins. */
  magic: Buffer;
  /** Whether an archive is hidden in it; absent where the file is one itself. */
  hasArchive?(bytes: Buffer): boolean;
  /** What is wrong with its content; null where nothing is. */
  inspect(bytes: Buffer): string | null | Promise<string | null>;
}

/** Every kind that can be checked. A council may allow fewer; what it allows beyond them is refused all the same. */
const KINDS: Kind[] = [
  {
    name: 'a PDF',
    mediaType: 'application/pdf',
    extensions: ['pdf'],
    magic: Buffer.from('%PDF-'),
    hasArchive: endsAsZip,
    inspect: inspectPdf,
  },
  {
    name: 'a Word document (.docx)',
    mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    extensions: ['docx'],
    magic: Buffer.from('PK\x03\x04'),
    inspect: inspectDocx,
  },
  {
    name: 'a Word document (.doc)',
    mediaType: 'application/msword',
    extensions: ['doc'],
    magic: Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    hasArchive: isZipBehind,
    inspect: inspectDoc,
  },
  {
    name: 'a JPEG picture',
    mediaType: 'image/jpeg',
    extensions: ['jpg', 'jpeg'],
    magic: Buffer.from('ffd8ff', 'hex'),
    hasArchive: endsAsZip,
    inspect: inspectJpeg,
  },
  {
    name: 'a PNG picture',
    mediaType: 'image/png',
    extensions: ['png'],
    magic: Buffer.from('89504e470d0a1a0a', 'hex'),
    hasArchive: endsAsZip,
    inspect: inspectPng,
  },
];

/** Characters that a name cannot have: separators, controls, and those that turn the direction of reading. */
const BAD_CHARACTERS = /[/\\:*?"<>|\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/u;
/** "letter.exe.pdf": what a desktop that hides the last ending would show as a program. */
const PROGRAM =
  /\.(exe|com|scr|pif|bat|cmd|ps1|js|jse|vbs|vbe|wsf|hta|lnk|msi|jar|dll|reg|sh|app|apk|docm|dotm|php|asp|aspx|jsp|html?|svg)(\.|\s*$)/i;
/** Why a file of this name cannot be taken under the policy; null where it can. */
export function nameProblem(
  { fileName, mediaType }: NamedFile,
  policy: AttachmentPolicy,
): { field: keyof NamedFile; problem: string } | null {
  if (BAD_CHARACTERS.test(fileName) || /^[.\s]|[.\s]$/.test(fileName)) {
    return {
      field: 'fileName',
      problem: 'The name of the file has characters in it that cannot be kept. Rename it and choose it again.',
    };
  }
  const extension = extensionOf(fileName);
  const allowed = KINDS.filter((kind) => policy.mediaTypes.includes(kind.mediaType));
  const kind = allowed.find(
    ({ extensions }) => extensions.includes(extension) && policy.extensions.includes(extension),
  );
  if (!kind || PROGRAM.test(fileName)) {
    const names = policy.extensions.map((name) => `.${name}`).join(', ');
    return { field: 'fileName', problem: `Files of this kind are not accepted. Choose one that ends in ${names}.` };
  }
  if (kind.mediaType !== mediaType) {
    return { field: 'mediaType', problem: `The file is named as ${kind.name}, but was announced as something else.` };
  }
  return null;
}

/**
 * Checks a file by its content: extension, announced media type and content must agree, and nothing in it may run,
 * hide or fetch anything. `problem` is a sentence for whoever uploaded it.
 */
export async function inspectFile(bytes: Buffer, file: NamedFile, policy: AttachmentPolicy): Promise<Inspection> {
  const problem = nameProblem(file, policy)?.problem ?? (await contentProblem(bytes, file, policy));
  return problem === null ? { ok: true } : { ok: false, problem };
}

async function contentProblem(
  bytes: Buffer,
  { fileName }: NamedFile,
  policy: AttachmentPolicy,
): Promise<string | null> {
  if (bytes.length === 0) return 'The file is empty. Choose another.';
  if (bytes.length > policy.maxBytes) return tooLarge(policy);
  const kind = KINDS.find(({ extensions }) => extensions.includes(extensionOf(fileName)))!;
  if (!startsWith(bytes, kind.magic)) {
    const other = KINDS.find(({ magic }) => startsWith(bytes, magic))?.name ?? 'something else';
    return `The file is named as ${kind.name}, but its content is ${other}. Save it again as ${kind.name}.`;
  }
  const document = !kind.extensions.includes('pdf') && opensAsPdf(bytes);
  if (document || kind.hasArchive?.(bytes))
    return 'The file has another file hidden in it. Save a clean copy of it and upload that.';
  return isEicar(bytes) ? MALWARE : kind.inspect(bytes);
}

/** "A file may have at most 10 MB." */
export function tooLarge({ maxBytes }: AttachmentPolicy): string {
  return `A file may have at most ${Math.floor(maxBytes / 1024 / 1024)} MB. Choose a smaller one, or save this one in parts.`;
}

function extensionOf(fileName: string): string {
  return /\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

function startsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}
