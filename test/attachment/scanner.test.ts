import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { ClamdScanner, NoScanner, ScannerDown } from '../../src/attachment/scanner.js';
import { loadConfig } from '../../src/config.js';
import { EVIL, FakeClamd, type Mood } from './fake-clamd.js';

let clamd: FakeClamd;
beforeEach(() => {
  clamd = new FakeClamd();
});
afterEach(() => clamd.stop());

const places: [string, () => number | string][] = [
  ['TCP', () => 0],
  ['a unix socket', () => join(mkdtempSync(join(tmpdir(), 'clamd-')), 'clamd.ctl')],
];

describe.each(places)('clamd over %s', (_name, place) => {
  test('is given every byte, and says what is clean and what is not', async () => {
    const scanner = new ClamdScanner(await clamd.start(place()));
    const sizes = [0, 1, 65_535, 65_536, 65_537, 10 * 1024 * 1024];
    for (const size of sizes) expect(await scanner.scan(Buffer.alloc(size, 7))).toEqual({ clean: true });
    expect(clamd.scanned.map(({ length }) => length)).toEqual(sizes);
    const evil = Buffer.concat([Buffer.alloc(100_000), Buffer.from(EVIL)]);
    expect(await scanner.scan(evil)).toEqual({ clean: false, name: 'Test.Evil-1' });
    expect(clamd.scanned.at(-1)!.equals(evil)).toBe(true);
  });

  test('serves many at once', async () => {
    const scanner = new ClamdScanner(await clamd.start(place()));
    const files = Array.from({ length: 40 }, (_, nth) => Buffer.from(nth % 2 ? `${nth} ${EVIL}` : `file ${nth}`));
    const verdicts = await Promise.all(files.map((file) => scanner.scan(file)));
    expect(verdicts.map(({ clean }) => clean)).toEqual(files.map((_file, nth) => nth % 2 === 0));
  });
});

describe('anything but a clear word', () => {
  test.each<Mood>(['silent', 'closing', 'erring', 'babbling', 'limited'])('is none: %s', async (mood) => {
    const scanner = new ClamdScanner(await clamd.start(), 500);
    clamd.mood = mood;
    await expect(scanner.scan(Buffer.alloc(3_000_000))).rejects.toThrow(ScannerDown);
    clamd.mood = 'well';
    expect(await scanner.scan(Buffer.from('x'))).toEqual({ clean: true });
  });

  test('nor is there one where nobody listens', async () => {
    const url = await clamd.start();
    await clamd.stop();
    await expect(new ClamdScanner(url).scan(Buffer.from('x'))).rejects.toThrow(ScannerDown);
    await expect(new ClamdScanner('unix:/nowhere/clamd.ctl').scan(Buffer.from('x'))).rejects.toThrow(ScannerDown);
  });
});

test('without one, the inspection has the last word', async () => {
  expect(await new NoScanner().scan()).toEqual({ clean: true });
});

test('its settings are checked at boot, and can be demanded', () => {
  const config = (settings: Record<string, string>) =>
    loadConfig({ DATA_DIR: mkdtempSync(join(tmpdir(), 'config-')), ...settings });
  for (const url of ['tcp://127.0.0.1:3310', 'unix:/run/clamav/clamd.ctl'])
    expect(config({ CLAMD_URL: url }).clamdUrl).toBe(url);
  for (const url of ['127.0.0.1:3310', 'tcp://127.0.0.1', 'http://x:1', 'unix:']) {
    expect(() => config({ CLAMD_URL: url })).toThrow('CLAMD_URL must be tcp://host:port or unix:/path');
  }
  expect(() => config({ REQUIRE_MALWARE_SCAN: 'true' })).toThrow(
    'CLAMD_URL must be set where REQUIRE_MALWARE_SCAN is true',
  );
});
