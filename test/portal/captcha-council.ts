import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DIR } from '../council/support.js';

/** A folder of the councils as they are shipped, but that one of them asks for a captcha wherever it can. */
export function councilsWithCaptcha(council: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'councils-captcha-'));
  cpSync(DIR, folder, { recursive: true });
  const file = join(folder, council, 'council.yaml');
  const asks = readFileSync(file, 'utf8').replace(/^captcha: .*$/m, 'captcha: { registration: true, forms: true }');
  writeFileSync(file, asks);
  return folder;
}
