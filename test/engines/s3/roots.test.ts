import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readS3Url } from '../../../src/attachment/s3-bucket.js';
import { BucketPlace } from '../../../src/audit/roots/files-place.js';
import { PUBLIC_KEY, rootName } from '../../../src/audit/roots/places.js';
import { keepsRoots } from '../../audit/place-story.js';
import { Unavailable } from '../engine.js';
import { auditedAt, expectIntact } from '../roots.js';
import { VersityGateway } from './versitygw.js';

const s3 = await VersityGateway.start().catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error;
  console.warn(`SKIPPED: no S3 server could be had: ${error.message}`);
  return undefined;
});
afterAll(() => s3?.stop());

const at = (prefix: string, secret?: string) => readS3Url(s3!.url({ prefix, secret }))!;
const refused = { code: 'UNAVAILABLE' };

(s3 ? describe : describe.skip)('signed roots in a bucket of a real S3 server', () => {
  test('are kept, read in their order, and never replaced', async () => {
    await keepsRoots(() => new BucketPlace(at('/story')));
  });

  test('are no more than a page of a list, or many', async () => {
    const place = new BucketPlace(at('/many'));
    const names = Array.from({ length: 1_050 }, (_, nth) => rootName(nth + 1));
    for (let nth = 0; nth < names.length; nth += 50) {
      await Promise.all(names.slice(nth, nth + 50).map((name) => place.keep(name, name)));
    }
    const read: string[] = [];
    for await (const { name, text } of place.roots()) read.push(name === text ? name : '');
    expect(read).toEqual(names);
  });

  test('are not taken for absent where the secret is wrong or the server is down', async () => {
    const place = new BucketPlace(at('/outage'));
    await place.keep(rootName(1), 'first');
    await expect(new BucketPlace(at('/outage', 'wrong')).keep(rootName(1), 'other')).rejects.toMatchObject(refused);
    await s3!.pause();
    await expect(place.keep(rootName(1), 'other')).rejects.toMatchObject(refused);
    await expect(place.publicKeys()).rejects.toMatchObject(refused);
    await expect(place.roots()[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
    await s3!.resume();
    await place.keep(rootName(1), 'first');
  });

  test('verify the log of a running service; one that was altered there is named', async () => {
    const audited = await auditedAt({ AUDIT_ROOTS_URL: s3!.url({ prefix: '/roots' }) });
    try {
      await expectIntact(audited);
      const folder = join(s3!.objects, 'roots');
      expect(readdirSync(folder).sort()).toEqual([PUBLIC_KEY, rootName(1)]);
      const file = join(folder, rootName(1));
      expect(existsSync(file)).toBe(true);
      writeFileSync(file, readFileSync(file, 'utf8').replace('"number":1', '"number":2'));
      const { code, rootProblems } = await audited.verify();
      expect(code).toBe(1);
      expect(rootProblems).toContain(`${rootName(1)}: its signature does not fit`);
    } finally {
      await audited.stop();
    }
  });
});
