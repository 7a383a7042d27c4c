import type { DataKeys } from '../core/keys.js';
import type { Secrets } from '../core/secrets.js';
import { SealedFileStore } from './file-store.js';
import { S3Bucket, type S3Place } from './s3-bucket.js';

/** Files in a bucket. */
export class S3FileStore extends SealedFileStore {
  private readonly bucket: S3Bucket;

  constructor(place: S3Place, keys: DataKeys, secrets: Secrets, limit?: number) {
    super(keys, secrets);
    this.bucket = new S3Bucket(place, limit);
  }

  /** Throws where the bucket cannot be read. */
  async ping(): Promise<void> {
    await this.bucket.list('readiness-probe/');
  }

  protected async write(folder: string, name: string, sealed: Buffer): Promise<void> {
    await this.bucket.put(`${folder}/${name}`, sealed);
  }

  protected async read(folder: string, name: string): Promise<Buffer | undefined> {
    return this.bucket.get(`${folder}/${name}`);
  }

  protected async remove(folder: string, name: string): Promise<void> {
    await this.bucket.delete(`${folder}/${name}`);
  }

  protected async removeAll(folder: string): Promise<void> {
    // What was listed is deleted, so the next page is the first again.
    for (;;) {
      const { keys, more } = await this.bucket.list(`${folder}/`);
      for (const key of keys) await this.bucket.delete(key);
      if (keys.length === 0 || !more) return;
    }
  }
}
