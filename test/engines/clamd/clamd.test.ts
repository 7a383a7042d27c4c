import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ClamdScanner, ScannerDown } from '../../../src/attachment/scanner.js';
import { MINUTE } from '../../../src/core/clock.js';
import { FileCheck } from '../../../src/referral/file-check.js';
import { FileCheckSweep } from '../../../src/referral/file-check-sweep.js';
import { docx, jpeg, pdf, png } from '../../attachment/honest-files.js';
import { attachmentsOf, upload } from '../../attachment/uploads.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../../support/timed-frontdoor.js';
import { filledForm, registered, until } from '../../support/people.js';
import { Unavailable } from '../engine.js';
import { Clamd } from './clamd.js';

const EVIL = 'this-is-the-malware-of-a-test-and-of-nobody-else';
const file = pdf({ objects: ['<< /Title (known by its hash) >>'] });
const evil = pdf({ objects: [`<< /Title (${EVIL}) >>`] });

const clamd = await Clamd.start({ body: EVIL, file }).catch((error: unknown) => {
  if (!(error instanceof Unavailable)) throw error;
  console.warn(`SKIPPED: ClamAV's daemon could not be had: ${error.message}`);
  return undefined;
});
afterAll(() => clamd?.stop());

(clamd ? describe : describe.skip)('ClamAV’s own daemon', () => {
  const { tcp, unix } = clamd ?? { tcp: '', unix: '' };

  test.each([
    ['TCP', tcp],
    ['its socket', unix],
  ])('says over %s what is clean and what is not', async (_name, url) => {
    const scanner = new ClamdScanner(url);
    for (const bytes of [pdf(), docx(), jpeg(), png(), Buffer.alloc(0), Buffer.alloc(10 * 1024 * 1024, 'x')]) {
      expect(await scanner.scan(bytes)).toEqual({ clean: true });
    }
    expect(await scanner.scan(evil)).toEqual({ clean: false, name: 'Frontdoor.Body-1.UNOFFICIAL' });
    expect(await scanner.scan(file)).toEqual({ clean: false, name: 'Frontdoor.File-1.UNOFFICIAL' });
    const compressed = docx({ 'word/notes.xml': EVIL.repeat(20) });
    expect(compressed.includes(EVIL)).toBe(false);
    expect(await scanner.scan(compressed)).toMatchObject({ clean: false });
  });

  test('serves many at once', async () => {
    const scanner = new ClamdScanner(unix);
    const verdicts = await Promise.all(Array.from({ length: 30 }, (_, nth) => scanner.scan(nth % 2 ? evil : pdf())));
    expect(verdicts.map(({ clean }) => clean)).toEqual(Array.from({ length: 30 }, (_, nth) => nth % 2 === 0));
  });

  test('gives no verdict on a file beyond its own limit', async () => {
    const small = await Clamd.start({ body: EVIL, file }, ['StreamMaxLength 1M']);
    try {
      await expect(new ClamdScanner(small.tcp).scan(Buffer.alloc(3 * 1024 * 1024))).rejects.toThrow(ScannerDown);
    } finally {
      await small.stop();
    }
  });

  describe('behind the API', () => {
    let frontdoor: TimedFrontdoor;
    beforeAll(async () => {
      frontdoor = await startTimedFrontdoor({ CLAMD_URL: unix, LOG_LEVEL: 'silent' });
    });
    afterAll(() => frontdoor.stop());

    test('decides what is released; while it is down nothing is, and afterwards everything has its end', async () => {
      const { api } = await registered(frontdoor.visitor('lancashire'));
      const { id } = await filledForm(api, 'request-for-support');
      const statuses = async () => (await attachmentsOf(api, id)).map(({ status }) => status);
      expect((await upload(api, id, pdf())).status).toBe(204);
      expect((await upload(api, id, evil)).status).toBe(422);
      await clamd!.kill();
      expect((await upload(api, id, pdf())).status).toBe(202);
      expect((await upload(api, id, evil)).status).toBe(202);
      expect(await statuses()).toEqual(['AVAILABLE', 'REJECTED', 'CHECKING', 'CHECKING']);
      const { platform, clock } = frontdoor;
      const waiting = () =>
        platform.views.collection('saved-forms').countDocuments({ 'draft.attachments.status': 'CHECKING' });
      await until(async () => (await waiting()) === 1);
      clock.move(MINUTE);
      const sweep = new FileCheckSweep(new FileCheck(platform), platform);
      expect(await sweep.sweep()).toBe(0);
      await clamd!.resume();
      expect(await sweep.sweep()).toBe(2);
      expect(await statuses()).toEqual(['AVAILABLE', 'REJECTED', 'AVAILABLE', 'REJECTED']);
    });
  });
});
