import { describe, expect, test } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspectFile } from '../../src/attachment/inspect-file.js';
import type { FormDefinition, FormSection, Question, QuestionKind } from '../../src/council/form.js';
import { renderPdf, type SentForm } from '../../src/referral/pdf/render-pdf.js';

const question = (id: string, kind: QuestionKind, more: Partial<Question> = {}): Question => ({
  id,
  kind,
  label: `Label of ${id}`,
  hint: null,
  mandatory: false,
  perSubject: false,
  maxLength: null,
  pattern: null,
  min: null,
  max: null,
  mustBe: null,
  otherwise: null,
  choices: null,
  columns: null,
  visibleWhen: null,
  prefilledFrom: null,
  example: null,
  ...more,
});
const choices = [
  { code: 'a', label: 'First choice' },
  { code: 'b', label: 'Second choice' },
];
const section = (id: string, number: number, title: string, questions: Question[]): FormSection => ({
  id,
  number,
  title,
  guidance: null,
  visibleWhen: null,
  questions,
});
const columns = [question('name', 'TEXT', { label: 'Name' }), question('born', 'DATE', { label: 'Born' })];
const form: FormDefinition = {
  id: 'request',
  version: 1,
  title: 'Request for Support',
  description: '',
  notice: null,
  retiredOn: null,
  retentionDays: null,
  inactivityMinutes: null,
  freshLogIn: false,
  professionalsOnly: false,
  subjects: { min: 1, max: 5, label: 'child', section: 'children' },
  answersSchema: {},
  sections: [
    section('you', 1, 'Your details', [
      question('text', 'TEXT'),
      question('date', 'DATE'),
      question('number', 'NUMBER'),
      question('yes', 'YES_NO'),
      question('choice', 'CHOICE', { choices }),
      question('choices', 'CHOICES', { choices }),
      question('person', 'PERSON'),
      question('address', 'ADDRESS'),
      question('unanswered', 'TEXT'),
      question('info', 'INFORMATION'),
    ]),
    section('hidden', 2, 'A section that was not asked', [question('text', 'TEXT')]),
    section('children', 3, 'The children', [
      question('school', 'TEXT', { perSubject: true }),
      question('likes', 'CHOICES', { perSubject: true, choices }),
      question('household', 'TABLE', { columns }),
      question('together', 'LONG_TEXT'),
    ]),
  ],
};

const sent: SentForm = {
  council: {
    name: 'Lancashire County Council',
    serviceName: 'Children and Families Services',
    timeZone: 'Europe/London',
  },
  form,
  reference: 'LCC23-4567-89ABCD',
  version: 2,
  submittedAt: '2026-07-20T23:34:15.000Z',
  submittedBy: 'Nadia Ńowak',
  subjects: [
    { id: 's1', forename: 'Łucja', surname: 'Kowalska', dateOfBirth: '2014-03-09' },
    { id: 's2', forename: 'Seán', surname: 'O’Neill', dateOfBirth: null },
  ],
  answers: {
    you: {
      text: 'Žofie Δ Ж “quoted”',
      date: '2026-11-02',
      number: 1234.5,
      yes: false,
      choice: 'b',
      choices: ['a', 'b'],
      person: { forename: 'Marian', surname: 'Holroyd', relationship: 'Mother', dateOfBirth: '1981-12-01' },
      address: { line1: '1 Sample Square', line2: null, town: 'Preston', postcode: 'PR1 8XJ' },
    },
    children: {
      school: { s1: 'Moorbrook Primary', s2: 'Ashton High' },
      likes: { s1: ['b'] },
      household: [
        { name: 'Rosalind', born: '1991-06-02' },
        { name: 'Desmond', born: null },
      ],
      together: 'Both of them.\nSecond line.',
    },
  },
  attachments: [{ fileName: 'Zpráva školy.docx', byteSize: 1_500_000 }],
};

const hasReader = spawnSync('pdftotext', ['-v']).error === undefined;
const withReader = hasReader ? test : test.skip;
function read(bytes: Buffer, tool: string, ...options: string[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'pdf-')), 'a.pdf');
  writeFileSync(path, bytes);
  return execFileSync(tool, tool === 'pdfinfo' ? [...options, path] : [...options, path, '-'], { encoding: 'utf8' });
}

describe('the PDF of a form as it was sent', () => {
  test('is the same, byte for byte, for the same form', async () => {
    const [one, two] = [await renderPdf(sent), await renderPdf(structuredClone(sent))];
    expect(one.equals(two)).toBe(true);
    expect((await renderPdf({ ...sent, version: 3 })).equals(one)).toBe(false);
  });

  test('is tagged, in English, titled, with fonts of its own', async () => {
    const text = (await renderPdf(sent)).toString('latin1');
    for (const part of [
      '/Marked true',
      '/StructTreeRoot',
      '/Lang (en-GB)',
      '/DisplayDocTitle true',
      '/FontFile2',
      '/ToUnicode',
      '/S /Table',
      '/S /TH',
      '/S /H1',
      '/S /LBody',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toContain('D:20260720233415Z');
    expect(text).not.toContain('/BaseFont /Helvetica');
  });

  test('passes our own check of files', async () => {
    const policy = {
      professionalsOnly: false,
      mediaTypes: ['application/pdf'],
      extensions: ['pdf'],
      maxBytes: 1e7,
      maxCount: 1,
    };
    expect(
      await inspectFile(await renderPdf(sent), { fileName: 'a.pdf', mediaType: 'application/pdf' }, policy),
    ).toEqual({ ok: true });
  });

  withReader('says everything that was asked and answered, and nothing that was not', async () => {
    const text = read(await renderPdf(sent), 'pdftotext', '-layout').replace(/[ \t]+/g, ' ');
    for (const part of [
      'Lancashire County Council',
      'Request for Support',
      'Reference LCC23-4567-89ABCD',
      'Submitted 21 July 2026 at 00:34',
      'Submitted by Nadia Ńowak',
      'Łucja Kowalska, born 9 March 2014',
      'Label of text Žofie Δ Ж “quoted”',
      'Label of date 2 November 2026',
      'Label of number 1,234.5',
      'Label of yes No',
      'Label of choice Second choice',
      'Label of choices • First choice',
      'Marian Holroyd, Mother, born 1 December 1981',
      '1 Sample Square',
      'Label of school Ashton High',
      'Rosalind 2 June 1991',
      'File 1 Zpráva školy.docx (1.4 MB)',
      'Page 1 of 2',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/unanswered|Label of info|not asked/);
    expect(text.indexOf('Moorbrook')).toBeGreaterThan(text.lastIndexOf('Łucja Kowalska'));
    expect(text.indexOf('Moorbrook')).toBeLessThan(text.lastIndexOf('Seán O’Neill'));
  });

  withReader('reads out headings, then questions with their answers, then tables', async () => {
    const structure = read(await renderPdf(sent), 'pdfinfo', '-struct-text').replace(/\s+/g, ' ');
    expect(structure).toContain('H1 (block) "Request for Support"');
    expect(structure).toContain('H2 (block) "1. Your details"');
    expect(structure).toContain('Lbl (block) "Label of choice" LBody (block) "Second choice"');
    expect(structure).toMatch(
      /H3 \(block\) "Seán O’Neill".*"Ashton High".*H3 \(block\) "The form as a whole".*"Both of them\. Second line\."/,
    );
    expect(structure).toMatch(/Table.*TH: \/Scope \/Column "Name".*TD "Rosalind"/);
    expect(structure).not.toContain('Page 1 of');
  });

  withReader('of long answers runs over pages, with header and number on each', async () => {
    const story = Array.from({ length: 400 }, (_, index) => `Sentence number ${index} of a long account.`).join(' ');
    const rows = Array.from({ length: 80 }, (_, index) => ({ name: `Person ${index}`, born: '2000-01-01' }));
    const answers = { ...sent.answers, children: { together: story, household: rows } };
    const pages = read(await renderPdf({ ...sent, answers }), 'pdftotext', '-layout')
      .split('\f')
      .slice(0, -1);
    expect(pages.length).toBeGreaterThan(4);
    pages.forEach((page, index) => {
      expect(page).toContain('LCC23-4567-89ABCD, version 2');
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
    });
    const all = pages.join(' ').replace(/\s+/g, ' ');
    for (let index = 0; index < 400; index += 1) expect(all).toContain(`number ${index} of`);
    for (let index = 0; index < 80; index += 1) expect(all).toContain(`Person ${index} 1 January 2000`);
  });

  withReader('writes wide tables, and those of long answers, row by row', async () => {
    const household = [{ name: 'Rosalind', born: 'x'.repeat(400) }];
    const text = read(await renderPdf({ ...sent, answers: { children: { household } } }), 'pdftotext', '-layout');
    expect(text).toMatch(/Label of household – 1\s+Name\s+Rosalind\s+Born\s+x{20}/);
  });

  test('keeps what its font cannot draw for those who search and listen', async () => {
    const answers = { you: { text: '漢字 and مرحبا\tand\u0007 bell' } };
    const bytes = await renderPdf({ ...sent, answers });
    expect(bytes.toString('latin1')).toContain('/ActualText');
    expect(bytes.includes(Buffer.from('漢字 and', 'utf16le').swap16())).toBe(true);
  });

  test('is made of answers of any shape without failing', async () => {
    const odd = {
      you: { text: { a: 1 }, date: 5, number: 'many', choice: 'gone', choices: 'a', person: 'x', address: {} },
      children: { household: 'x', school: 'x' },
    };
    await expect(renderPdf({ ...sent, answers: odd, subjects: [], attachments: [] })).resolves.toBeInstanceOf(Buffer);
  });
});
