import type { Readable } from 'node:stream';
import { Controller, Get, HttpCode, Inject, Param, Put, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FileStore } from '../attachment/file-store.js';
import { tooLarge } from '../attachment/inspect-file.js';
import { SignedUrls, type ReadFile } from '../attachment/signed-urls.js';
import { Councils } from '../council/councils.js';
import { EventLog } from '../core/event-log.js';
import { DomainError } from '../core/problem.js';
import { VIEWER_SERVICES } from '../core/tokens.js';
import { Access } from '../session/access.js';
import { RequestContext, type ViewerServices } from '../session/request-context.js';
import { FileProblems } from './file-problems.js';
import { FileReceiving, type ExpectedFile } from './file-receiving.js';
import { renderPdf } from './pdf/render-pdf.js';
import { referralKind, referralStream } from './referral.events.js';
import { ReferralService } from './referral.service.js';
import { formOf } from './saved-form.view.js';

/** Uploads held in memory at once in this process, 10 MB each. */
const MOST_AT_ONCE = 16;

const STILL_CHECKED =
  'The file arrived. It is still to be checked for malware, which cannot be done just now: that will follow by itself. ' +
  'The form can be sent once the file is available.';

/** Lets file URLs take bodies of any kind, as streams; everywhere else such bodies stay refused. */
export function acceptUploads(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('*', (request, payload, done) => {
    if (request.method === 'PUT' && request.url.startsWith('/files/')) done(null, payload);
    else done(Object.assign(new Error('Unsupported media type'), { statusCode: 415 }));
  });
}

interface Served {
  bytes: Buffer;
  fileName: string;
  mediaType: string;
}

/** Files behind signed URLs: the URL is the permission, and says for what. */
@Controller('files')
@Access('BY_ROUTE')
@UseFilters(FileProblems)
export class FileController {
  private uploads = 0;

  constructor(
    private readonly urls: SignedUrls,
    private readonly receiving: FileReceiving,
    private readonly files: FileStore,
    private readonly log: EventLog,
    private readonly referrals: ReferralService,
    private readonly councils: Councils,
    @Inject(VIEWER_SERVICES) private readonly viewers: ViewerServices,
  ) {}

  @Put(':token')
  @HttpCode(204)
  async upload(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object | undefined> {
    const signed = await this.given(token, request);
    const expected = await this.receiving.expected(signed);
    const given = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
    if (given !== expected.file.mediaType) {
      const message = `Send this file with the content type it was announced with: ${expected.file.mediaType}.`;
      throw new DomainError('BAD_INPUT', message);
    }
    if (this.uploads >= MOST_AT_ONCE) {
      throw new DomainError('UNAVAILABLE', 'Too many files are being uploaded just now. Please try again shortly.');
    }
    this.uploads += 1;
    try {
      if (await this.receiving.receive(expected, await readBody(request, expected))) return undefined;
      void reply.status(202);
      return { status: 'CHECKING', message: STILL_CHECKED };
    } finally {
      this.uploads -= 1;
    }
  }

  @Get(':token')
  async download(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const signed = await this.given(token, request);
    const served = signed.kind === 'upload' ? undefined : await this.find(signed);
    if (!served) throw new DomainError('NOT_FOUND', 'There is no such file any more.');
    await reply
      .header('content-type', served.mediaType)
      .header('content-disposition', attachmentHeader(served.fileName))
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-store')
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('referrer-policy', 'no-referrer')
      .send(served.bytes);
  }

  /**
   * What the URL stands for. It works by itself, for a browser follows a link without a token; where somebody says who
   * they are, it must be who it was made for.
   */
  private async given(token: string, { headers }: FastifyRequest): Promise<ReadFile> {
    const signed = this.urls.read(token);
    if (headers.authorization === undefined && headers['x-session'] === undefined) return signed;
    const { viewer } = await RequestContext.of(headers, this.viewers);
    if (!signed.isFor(viewer.id)) throw new DomainError('NOT_FOUND', 'This link was made for somebody else.');
    return signed;
  }

  private async find(signed: Exclude<ReadFile, { kind: 'upload' }>): Promise<Served | undefined> {
    return signed.kind === 'pdf'
      ? this.pdf(signed.referralId, signed.version)
      : this.file(signed.referralId, signed.attachmentId);
  }

  /** A file that was cleared: of the saved form, or of any version that was sent. */
  private async file(referralId: string, attachmentId: string): Promise<Served | undefined> {
    const stream = referralStream(referralId);
    let named: Omit<Served, 'bytes'> | undefined;
    let cleared = false;
    for await (const fact of this.log.facts(referralKind, stream)) {
      if (fact.erased) return undefined;
      if (fact.type === 'AttachmentAnnounced' && fact.data.attachmentId === attachmentId) named = fact.data;
      if (fact.type === 'AttachmentCleared' && fact.data.attachmentId === attachmentId) cleared = true;
    }
    if (!named || !cleared) return undefined;
    const bytes = await this.files.get(stream, attachmentId);
    return bytes && { bytes, fileName: named.fileName, mediaType: named.mediaType };
  }

  private async pdf(referralId: string, version: number): Promise<Served | undefined> {
    const view = await this.referrals.view(referralId);
    const sent = view.versions.find((one) => one.version === version);
    const council = this.councils.byId(view.council);
    if (view.erased || !sent || !council) return undefined;
    const bytes = await renderPdf({
      ...sent,
      council,
      form: formOf(council, sent).definition,
      reference: view.reference,
    });
    return { bytes, fileName: `${view.reference}-v${version}.pdf`, mediaType: 'application/pdf' };
  }
}

/** The body, never more of it than was announced. */
async function readBody(
  { body, headers }: FastifyRequest,
  { file: { byteSize }, policy }: ExpectedFile,
): Promise<Buffer> {
  const incomplete = () => new DomainError('BAD_INPUT', 'The file did not arrive whole. Please upload it again.');
  if (!body) throw incomplete();
  const over = new DomainError('ATTACHMENT_REFUSED', 'The file is larger than was announced. Attach it anew.');
  const most = Math.min(byteSize, policy.maxBytes);
  if (byteSize > policy.maxBytes) throw new DomainError('ATTACHMENT_REFUSED', tooLarge(policy));
  if (Number(headers['content-length'] ?? 0) > most) throw over;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    // Not destroyed where reading stops early: the reply still has to go out on the same connection.
    for await (const chunk of (body as Readable).iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > most) throw over;
      chunks.push(chunk);
    }
  } catch (error) {
    throw error === over ? over : incomplete();
  }
  if (length < byteSize) throw incomplete();
  return Buffer.concat(chunks, length);
}

/** RFC 6266: the name in ASCII for old programs, and as it is (RFC 8187) for all others. */
function attachmentHeader(fileName: string): string {
  const ascii = fileName
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/["\\%]/g, '_');
  const exact = encodeURIComponent(fileName).replace(
    /['()*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii || 'file'}"; filename*=UTF-8''${exact}`;
}
