import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BucketPlace, FolderPlace } from '../../src/audit/roots/files-place.js';
import { rootName } from '../../src/audit/roots/places.js';
import { readRoots } from '../../src/audit/roots/read-roots.js';
import { FakeBucket } from '../attachment/fake-bucket.js';
import { keepsRoots } from './place-story.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'roots-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a folder keeps roots, each written whole or not at all', async () => {
  const place = join(folder, 'on/another/disk');
  await keepsRoots(() => new FolderPlace(place));
  expect(readdirSync(place).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('a bucket keeps roots, however many pages its list has, and is asked again where it stumbles', async () => {
  const bucket = new FakeBucket();
  try {
    const place = await bucket.start();
    await keepsRoots(() => new BucketPlace(place));
    bucket.replies = [(reply) => void reply.writeHead(503).end()];
    await new BucketPlace(place).keep(rootName(6), 'sixth');
    bucket.replies = Array(3).fill((reply: { destroy(): void }) => reply.destroy());
    await expect(new BucketPlace(place).keep(rootName(7), 'seventh')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([...bucket.objects.keys()].at(-1)).toBe(`/bucket/${rootName(6)}`);
  } finally {
    bucket.stop();
  }
});

test('what is no root any more is named, and those behind it are still read', async () => {
  const place = new FolderPlace(folder);
  const texts = ['', '{"number":2', 'null', '{"leaves":{}}', '{"leaves":[],"erased":[],"at":1}'];
  for (const [nth, text] of texts.entries()) writeFileSync(join(folder, rootName(nth + 1)), text);
  const { problems, roots } = await readRoots(place, []);
  expect(problems).toEqual(texts.map((_, nth) => `${rootName(nth + 1)}: damaged: it is no root any more`));
  expect(roots).toBe(0);
});
