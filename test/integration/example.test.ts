import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { CaseFiles } from '../../deploy/examples/case-management/case-files.js';
import { consume, type Message } from '../../deploy/examples/case-management/consume.js';

/** The consumer's side alone; against Kafka and Frontdoor themselves it is run in test/engines/kafka. */
let files: CaseFiles;
let folder: string;
let calls: string[];
let failing: 'referral' | 'acknowledge' | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'frontdoor-cases-'));
  files = new CaseFiles(folder);
  calls = [];
  failing = undefined;
});

const answer = (call: 'referral' | 'acknowledge', said: string) => {
  calls.push(said);
  if (failing === call) throw new Error('away');
};
const frontdoor = {
  referral: async (reference: string) => {
    answer('referral', `fetch ${reference}`);
    return { reference };
  },
  acknowledge: async (commandId: string, reference: string, version: number) =>
    answer('acknowledge', `acknowledge ${commandId} ${reference} ${version}`),
};
const take = (type: string, id: string, council = 'lancashire') => {
  const headers = { ce_id: Buffer.from(id), ce_type: type, ce_source: `/councils/${council}` };
  const message: Message = { headers, value: Buffer.from(JSON.stringify({ reference: 'LCC-1', version: 1 })) };
  return consume({ council: 'lancashire', frontdoor, files }, message);
};

test('a submission is fetched, kept and acknowledged; told again, nothing happens', async () => {
  expect(await take('referral.submitted.v1', 'e1')).toBe('taken');
  expect(await take('referral.submitted.v1', 'e1')).toBe('seen before');
  expect(calls).toEqual(['fetch LCC-1', 'acknowledge e1 LCC-1 1']);
  expect(files.read('LCC-1')).toEqual({ reference: 'LCC-1', seen: ['e1'], referral: { reference: 'LCC-1' } });
});

test.each(['referral', 'acknowledge'] as const)(
  'where %s fails, the event is dealt with when it comes again',
  async (call) => {
    failing = call;
    await expect(take('referral.submitted.v1', 'e1')).rejects.toThrow('away');
    expect(files.read('LCC-1').seen).toEqual([]);
    failing = undefined;
    expect(await take('referral.submitted.v1', 'e1')).toBe('taken');
    expect(files.read('LCC-1').seen).toEqual(['e1']);
  },
);

test('what changes a referral is fetched and not acknowledged', async () => {
  await take('referral.responded.v1', 'e2');
  expect(calls).toEqual(['fetch LCC-1']);
});

test('an erasure empties the file and asks for nothing', async () => {
  await take('referral.submitted.v1', 'e1');
  calls = [];
  await take('referral.erased.v1', 'e3');
  expect(files.read('LCC-1')).toEqual({ reference: 'LCC-1', seen: ['e1', 'e3'], referral: null });
  expect(calls).toEqual([]);
});

test('another council’s events leave no trace', async () => {
  expect(await take('referral.submitted.v1', 'e1', 'sefton')).toBe("another council's");
  expect(readdirSync(folder)).toEqual([]);
});
