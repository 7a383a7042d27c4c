import { createHash } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { DomainError } from '../core/problem.js';
import { isTransientStatus } from '../core/transient-errors.js';

/** Where objects are kept, and as whom: what an S3 URL among the settings says. */
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

/** A bucket of any S3-compatible storage, by requests signed with Signature Version 4, path style. */
export class S3Bucket {
  constructor(
    private readonly place: S3Place,
    /** Milliseconds for one request. */
    private readonly limit = 20_000,
  ) {}

  async put(key: string, bytes: Buffer): Promise<void> {
    await this.ask('PUT', this.urlOf(key), bytes);
  }

  /** Undefined where there is no such object. */
  async get(key: string): Promise<Buffer | undefined> {
    const reply = await this.ask('GET', this.urlOf(key));
    return reply && Buffer.from(await reply.arrayBuffer());
  }

  async delete(key: string): Promise<void> {
    await this.ask('DELETE', this.urlOf(key));
  }

  /** A page of keys that begin so and come behind `after`, in their order; `more` where there are others. */
  async list(prefix: string, after?: string): Promise<{ keys: string[]; more: boolean }> {
    const page = this.urlOf('');
    const { prefix: before } = this.place;
    page.search = String(
      new URLSearchParams({
        'list-type': '2',
        prefix: `${before}${prefix}`,
        ...(after !== undefined && { 'start-after': `${before}${after}` }),
      }),
    );
    const listed = (await (await this.ask('GET', page))?.text()) ?? '';
    const keys = [...listed.matchAll(/<Key>([\w./-]+)<\/Key>/g)].map(([, key]) => key!.slice(before.length));
    return { keys, more: listed.includes('<IsTruncated>true</IsTruncated>') };
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
      const passing = reply === undefined || isTransientStatus(reply.status);
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
