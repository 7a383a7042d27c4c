import { expect, test } from '@jest/globals';
import { startFrontdoor } from '../support/frontdoor.js';
import { filledForm, registered } from '../support/people.js';
import { until } from '../support/until.js';
import { FakeClamd } from './fake-clamd.js';
import { pdf } from './honest-files.js';
import { attachmentsOf, upload } from './uploads.js';

const clean = pdf({ objects: ['<< /Title (a plan) >>'] });

test('a file in the scanner’s hands when the process is killed is available after it has come back', async () => {
  const clamd = new FakeClamd();
  const frontdoor = await startFrontdoor({ CLAMD_URL: await clamd.start() });
  try {
    const { api } = await registered(frontdoor.visitor('lancashire'));
    const form = await filledForm(api, 'request-for-support');
    clamd.mood = 'silent';
    const sending = upload(api, form.id, clean).catch(() => undefined);
    await until(async () => clamd.scanned.length === 1);
    await frontdoor.kill();
    await sending;
    clamd.mood = 'well';
    await frontdoor.restart();
    expect((await attachmentsOf(api, form.id))[0]).toMatchObject({ status: 'CHECKING' });
    await until(async () => (await attachmentsOf(api, form.id))[0]!.status !== 'CHECKING');
    const [file] = await attachmentsOf(api, form.id);
    expect(file).toMatchObject({ status: 'AVAILABLE' });
    expect(Buffer.from(await (await fetch(file!.downloadUrl!)).arrayBuffer()).equals(clean)).toBe(true);
  } finally {
    await frontdoor.stop();
    await clamd.stop();
  }
});
