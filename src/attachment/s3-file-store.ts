import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import type { DataKeys } from '../core/keys.js';
import { DomainError } from '../core/problem.js';
import type { Secrets } from '../core/secrets.js';
import { SealedFileStore } from './file-store.js';

/** Where files are kept, and as whom: what FILES_URL says. */
export interface S3Place {
  /** https://host:port */
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  bucket: string;
  /** Before each key, ending in a slash; empty for none. */
  prefix: string;
}

/** s3://KEY:SECRET@host[:port]/bucket[/prefix][?region=…&tls=false]; KEY and SECRET percent-encoded. Null for all else. */
export function readS3Url(text: string): S3Place | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  const [, bucket, prefix = ''] = /^\/([a-z0-9][a-z0-9.-]+)((?:\/[\w.-]+)*)\/?$/i.exec(url?.pathname ?? '') ?? [];
  const encoded = [url?.username, url?.password].every((part) => !/%(?![0-9a-f]{2})/i.test(part ?? ''));
  if (!encoded || url?.protocol !== 's3:' || !url.host || !url.username || !url.password || !bucket) return null;
  return {
    endpoint: `${url.searchParams.get('tls') === 'false' ? 'http' : 'https'}://${url.host}`,
    region: url.searchParams.get('region') ?? 'us-east-1',
    accessKeyId: decodeURIComponent(url.username),
    secretAccessKey: decodeURIComponent(url.password),
    bucket,
    prefix: prefix && `${prefix.slice(1)}/`,
  };
}

const TRIES = 3;

/** Files in a bucket of any S3-compatible storage, by requests signed with Signature Version 4, path style. */
export class S3FileStore extends SealedFileStore {
  constructor(
    private readonly place: S3Place,
    keys: DataKeys,
    secrets: Secrets,
    /** Milliseconds for one request. */
    private readonly limit = 20_000,
  ) {
    super(keys, secrets);
  }

  /** Throws where the bucket cannot be read. */
  async ping(): Promise<void> {
    const first = this.urlOf('');
    first.search = String(new URLSearchParams({ 'list-type': '2', 'max-keys': '1', prefix: this.place.prefix }));
    await this.ask('GET', first);
  }

  protected async write(folder: string, name: string, sealed: Buffer): Promise<void> {
    await this.ask('PUT', this.urlOf(`${folder}/${name}`), sealed);
  }

  protected async read(folder: string, name: string): Promise<Buffer | undefined> {
    const reply = await this.ask('GET', this.urlOf(`${folder}/${name}`));
    return reply && Buffer.from(await reply.arrayBuffer());
  }

  protected async remove(folder: string, name: string): Promise<void> {
    await this.ask('DELETE', this.urlOf(`${folder}/${name}`));
  }

  protected async removeAll(folder: string): Promise<void> {
    const page = this.urlOf('');
    page.search = String(new URLSearchParams({ 'list-type': '2', prefix: `${this.place.prefix}${folder}/` }));
    // What was listed is deleted, so the next page is the first again.
    for (;;) {
      const listed = (await (await this.ask('GET', page))?.text()) ?? '';
      const keys = [...listed.matchAll(/<Key>([\w./-]+)<\/Key>/g)].map(([, key]) => key!);
      for (const key of keys) await this.ask('DELETE', this.urlOf(key.slice(this.place.prefix.length)));
      if (keys.length === 0 || !listed.includes('<IsTruncated>true</IsTruncated>')) return;
    }
  }

  private urlOf(key: string): URL {
    const { endpoint, bucket, prefix } = this.place;
    return new URL(`/${bucket}${key && `/${prefix}${key}`}`, endpoint);
  }

  /** Undefined where there is no such object. Everything here may be asked twice, so it is: networks stumble. */
  private async ask(method: string, url: URL, body?: Buffer): Promise<Response | undefined> {
    for (let tries = 1; ; tries += 1) {
      const reply = await this.once(method, url, body).catch(() => undefined);
      if (reply?.ok) return reply;
      const said = (await reply?.text().catch(() => '')) ?? '';
      // A bucket that is not there (NoSuchBucket) is a mistake of the configuration, not a file that is gone.
      if (reply?.status === 404 && method !== 'PUT' && said.includes('NoSuchKey')) return undefined;
      const passing = reply === undefined || reply.status >= 500 || reply.status === 429;
      if (!passing || tries === TRIES) throw unavailable();
      await new Promise((resolve) => setTimeout(resolve, 100 * 4 ** (tries - 1)));
    }
  }

  private async once(method: string, url: URL, body?: Buffer): Promise<Response> {
    const { region, accessKeyId, secretAccessKey } = this.place;
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const request = { method, url: url.href, body: body && new Uint8Array(body) };
    const signed = await new AwsV4Signer({
      ...request,
      // Signed with the rest: a byte that changes on its way is refused there.
      headers: { 'x-amz-content-sha256': sha256 },
      service: 's3',
      region,
      accessKeyId,
      secretAccessKey,
    }).sign();
    const { headers } = signed;
    return fetch(signed.url, { method, headers, body: request.body, signal: AbortSignal.timeout(this.limit) });
  }
}

function unavailable(): DomainError {
  return new DomainError('UNAVAILABLE', 'Files can be neither kept nor read just now. Please try again shortly.');
}
