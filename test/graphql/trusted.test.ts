import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Json } from '../../src/cli/demo/api.js';
import { collectDocuments } from '../../src/graphql/collect-documents.js';
import { schemaText } from '../../src/graphql/graphql.module.js';
import { TrustedDocuments, documentHash } from '../../src/graphql/trusted-documents.js';
import { projectRoot } from '../../src/core/project-root.js';
import { startTimedFrontdoor, type TimedFrontdoor } from '../support/timed-frontdoor.js';
import { productionSettings } from '../support/production.js';

const dist = process.env.FRONTDOOR_DIST ?? join(projectRoot, 'dist');
const collect = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(dist, 'src/cli/documents.js'), ...args]);

const page = 'query CouncilPage {\n  council {\n    ...Names\n  }\n}\n';
const fragment = 'fragment Names on Council { name serviceName }';

let base: string;
let frontdoor: TimedFrontdoor;
let manifest: Record<string, string>;
beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'frontdoor-'));
  mkdirSync(join(dir, 'pages'));
  mkdirSync(join(dir, 'node_modules'));
  writeFileSync(join(dir, 'pages/council.graphql'), page);
  writeFileSync(join(dir, 'pages/names.gql'), fragment);
  writeFileSync(join(dir, 'pages/ping.graphql'), '# whether it is there\nquery Ping{council{id}}');
  writeFileSync(join(dir, 'node_modules/theirs.graphql'), 'query Theirs{council{hosts}}');
  const out = join(dir, 'trusted.json');
  await collect('collect', dir, out);
  manifest = JSON.parse(readFileSync(out, 'utf8')) as Record<string, string>;
  frontdoor = await startTimedFrontdoor({ ...productionSettings(), TRUSTED_DOCUMENTS: out });
  ({ base } = frontdoor.visitor('lancashire'));
});
afterAll(() => frontdoor.stop());

async function sent(body: Json) {
  const reply = await fetch(`${base}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-council': 'lancashire' },
    body: JSON.stringify(body),
  });
  const { data, errors } = (await reply.json()) as { data?: Json; errors?: { message: string; extensions: Json }[] };
  return { status: reply.status, data, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
}
const byHash = (sha256Hash: string, query?: string) =>
  sent({ ...(query && { query }), extensions: { persistedQuery: { version: 1, sha256Hash } } });

describe('Where documents are listed', () => {
  test('each operation is, with its fragments, and a file that is complete in itself as it stands', () => {
    const texts = Object.values(manifest);
    expect(texts).toHaveLength(3);
    expect(texts).toContain('# whether it is there\nquery Ping{council{id}}');
    expect(
      texts.filter((text) => text.includes('...Names') && text.includes('fragment Names on Council')),
    ).toHaveLength(1);
    for (const [hash, text] of Object.entries(manifest)) expect(documentHash(text)).toBe(hash);
  });

  test('those are served, by their text and by their hash', async () => {
    for (const [hash, query] of Object.entries(manifest)) {
      expect(await sent({ query })).toMatchObject({ status: 200, data: { council: expect.anything() } });
      expect(await byHash(hash)).toMatchObject({ status: 200, data: { council: expect.anything() } });
      expect(await byHash(hash, query)).toMatchObject({ status: 200 });
    }
  });

  test('no other is, not one blank away', async () => {
    const refused = { status: 400, data: undefined, code: 'BAD_INPUT' };
    for (const query of ['{council{name}}', `${Object.values(manifest)[0]} `, page, '{__schema{types{name}}}']) {
      expect(await sent({ query })).toMatchObject({ ...refused, message: expect.stringContaining('lists') });
    }
  });

  test('nobody adds to the list', async () => {
    const query = '{council{urgentNotice}}';
    const hash = documentHash(query);
    expect(await byHash(hash)).toMatchObject({ code: 'BAD_INPUT', data: undefined });
    expect(await byHash(hash, query)).toMatchObject({ code: 'BAD_INPUT', data: undefined });
    expect(await byHash(hash)).toMatchObject({ code: 'BAD_INPUT', data: undefined });
  });
});

describe('Collecting', () => {
  const files = (texts: Record<string, string>) => Object.entries(texts).map(([name, text]) => ({ name, text }));
  test.each([
    [{ 'a.graphql': 'query A{council{mayor}}' }, 'a.graphql: A: Cannot query field "mayor"'],
    [{ 'a.graphql': 'query A{council{' }, 'a.graphql: Syntax Error'],
    [{ 'a.graphql': 'query A{council{...Gone}}' }, 'Unknown fragment "Gone"'],
    [{ 'a.graphql': 'query A{council{id}}', 'b.graphql': 'query A{council{name}}' }, 'b.graphql: A is in a.graphql'],
    [{ 'a.graphql': 'query A{...F} fragment F on Query{...F}' }, 'lead back to themselves'],
    [{ 'a.graphql': 'type A{id:ID}' }, 'does not belong'],
    [{}, 'no operation'],
  ])('names what would not be served: %j', (texts, mistake) => {
    expect(() => collectDocuments(files(texts), schemaText)).toThrow(mistake);
  });

  test('a list that was tampered with, or is none, stops the boot', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'frontdoor-')), 'trusted.json');
    for (const text of ['{}', 'nothing', JSON.stringify({ [documentHash('{a}')]: '{b}' }), JSON.stringify({ a: 1 })]) {
      writeFileSync(path, text);
      expect(() => TrustedDocuments.load(path)).toThrow('TRUSTED_DOCUMENTS');
    }
    expect(() => TrustedDocuments.load(`${path}.gone`)).toThrow('cannot be read');
  });
});
