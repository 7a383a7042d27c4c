import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FolderLog } from '../../src/audit/folder-log.js';
import type { SignedHeads } from '../../src/audit/roots/read-roots.js';
import { LogVerifier, type Broken, type LogVerification } from '../../src/audit/verify-log.js';
import { Random } from '../faults/random.js';
import { writtenLog, type WrittenLog } from './log-file.js';
import { TamperedFile, tamperings, type Place } from './tampering.js';

const TIMES = 1_000;
let written: WrittenLog;
let copy: string;
beforeAll(async () => {
  written = await writtenLog();
  copy = join(mkdtempSync(join(tmpdir(), 'audit-copy-')), 'events.db');
});
afterAll(() => rmSync(written.folder, { recursive: true, force: true }));

function verify(file: string, roots: SignedHeads): LogVerification {
  const log = new FolderLog(file);
  try {
    const verifier = new LogVerifier(roots);
    for (const record of log.records()) verifier.take(record);
    return verifier.end();
  } finally {
    log.close();
  }
}

/** Whether one of the places named is the one that was tampered with. */
function isPlaced({ what, stream, revision, knowing }: Place, broken: Broken[]): boolean {
  return broken.some((named) => {
    if (named.stream !== stream) return false;
    if (named.revision === revision) return true;
    // Where all hashes behind it were recomputed, the next signed head is the first that can tell.
    const next = written.roots.heads.get(stream)!.find((head) => head.revision >= revision)?.revision;
    if (knowing && ['history made anew', 'insertion'].includes(what))
      return named.revision === next || next === undefined;
    // A record that was moved is told by where it now lies.
    return what === 'flip of position' && named.position !== null;
  });
}

describe('a log of twenty streams with three signed roots', () => {
  test('is intact as it was written, and every signed head is found', () => {
    expect(written.roots).toMatchObject({ roots: 3, problems: [] });
    const found = verify(written.file, written.roots);
    expect(found).toMatchObject({ intact: true, events: 240, streams: 20, headsMatched: 60, broken: [] });
  });

  test(`is found broken, and the place named, in each of ${TIMES} tamperings`, () => {
    const random = new Random(20_261_120);
    const missed: Place[] = [];
    const counts: Record<string, number> = {};
    for (let time = 0; time < TIMES; time += 1) {
      cpSync(written.file, copy);
      const file = new TamperedFile(copy);
      const place = tamperings[time % tamperings.length]!(file, random);
      file.close();
      counts[place.what] = (counts[place.what] ?? 0) + 1;
      const { broken } = verify(copy, written.roots);
      if (!isPlaced(place, broken)) missed.push(place);
    }
    expect(missed).toEqual([]);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(TIMES);
  }, 300_000);
});
