import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SignedUrls, type SignedFile } from '../../src/attachment/signed-urls.js';
import { Secrets } from '../../src/core/secrets.js';
import { runs } from '../support/runs.js';

const REFERRAL = '3f1b7a52-8a54-4f0b-9a39-51f3f6a8a001';
const FILE = '0b5f4c1e-53a5-5d0c-8a5e-3d9a5c0c1f02';
const BEGIN = Date.parse('2026-11-20T09:00:00.000Z');
const MINUTES = { upload: 30, download: 5, pdf: 5 };
const files: SignedFile[] = [
  { kind: 'upload', referralId: REFERRAL, attachmentId: FILE },
  { kind: 'download', referralId: REFERRAL, attachmentId: FILE },
  { kind: 'pdf', referralId: REFERRAL, version: 3 },
];

function signer(secret = 1) {
  const clock = { at: BEGIN, now: () => new Date(clock.at) };
  return { clock, urls: new SignedUrls(new Secrets(Buffer.alloc(32, secret)), 'https://portal.example/', clock) };
}
const tokenOf = (url: string) => url.split('/').at(-1)!;
const codeOf = (act: () => unknown) => {
  try {
    act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return 'nothing was thrown';
};

describe.each(files)('a signed URL for $kind', (file) => {
  test('says again what it was made for, and fits a route’s parameter', () => {
    const { urls } = signer();
    const { url } = urls.make(file, 'viewer');
    expect(url).toMatch(/^https:\/\/portal\.example\/files\/[\w-]+$/);
    expect(tokenOf(url).length).toBeLessThan(100);
    expect(urls.read(tokenOf(url))).toMatchObject(file);
  });

  test('is dead at exactly the instant it names', () => {
    const { urls, clock } = signer();
    const { url, expiresAt } = urls.make(file, 'viewer');
    expect(expiresAt.getTime()).toBe(BEGIN + MINUTES[file.kind] * 60_000);
    clock.at = expiresAt.getTime() - 1;
    expect(urls.read(tokenOf(url))).toMatchObject(file);
    for (const late of [0, 1]) {
      clock.at = expiresAt.getTime() + late;
      expect(codeOf(() => urls.read(tokenOf(url)))).toBe('FORBIDDEN');
    }
  });

  test('is one viewer’s, and names nobody', () => {
    const { urls } = signer();
    const { url } = urls.make(file, 'jane@council.example');
    const read = urls.read(tokenOf(url));
    expect(read.isFor('jane@council.example')).toBe(true);
    expect(read.isFor('john@council.example')).toBe(false);
    expect(Buffer.from(tokenOf(url), 'base64url').includes('jane')).toBe(false);
    expect(url).not.toBe(urls.make(file, 'john@council.example').url);
  });

  test('cannot be altered in any bit, cut, lengthened or respelt', () => {
    const { urls } = signer();
    const token = tokenOf(urls.make(file, 'viewer').url);
    const bytes = Buffer.from(token, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const altered = Buffer.from(bytes);
      altered[bit >> 3]! ^= 1 << (bit & 7);
      expect(codeOf(() => urls.read(altered.toString('base64url')))).toBe('NOT_FOUND');
    }
    const others = [
      token.slice(0, -1),
      `${token}A`,
      `${token}=`,
      ` ${token}`,
      `${token}%00`,
      '',
      '.',
      bytes.toString('hex'),
    ];
    for (const other of others) expect(codeOf(() => urls.read(other))).toBe('NOT_FOUND');
  });

  test('of another installation means nothing here', () => {
    const { url } = signer(2).urls.make(file, 'viewer');
    expect(codeOf(() => signer(1).urls.read(tokenOf(url)))).toBe('NOT_FOUND');
  });
});

test('nothing made up is a token', () => {
  const { urls } = signer();
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.uint8Array({ minLength: 67, maxLength: 67 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
      ),
      (text) => codeOf(() => urls.read(text)) === 'NOT_FOUND',
    ),
    { numRuns: runs(1_000), seed: 20261120 },
  );
});
