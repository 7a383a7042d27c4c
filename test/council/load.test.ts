import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Councils } from '../../src/council/councils.js';
import { DIR } from './support.js';

const COUNCIL = 'lancashire/council.yaml';
const FORM = 'lancashire/forms/request-for-support.v1.yaml';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'councils-'));
  // Two councils are enough for every mistake there is, and are read sooner than three.
  cpSync(DIR, dir, { recursive: true, filter: (path) => !path.includes('worcestershire') });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Changes a file's first occurrence of a text, and gives the line (from 1) on which the change ends. */
function edit(file: string, from: string, to: string): number {
  const path = join(dir, file);
  const text = readFileSync(path, 'utf8');
  const at = text.indexOf(from);
  if (at < 0) throw new Error(`${file} has no “${from}”`);
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  return text.slice(0, at).split('\n').length + to.split('\n').length - 1;
}

function mistakes(): string[] {
  try {
    Councils.load(dir);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n').map((line) => line.replace(`${dir}/`, ''));
  }
}

describe('a mistake in a council stops the boot and is named by file, line and key', () => {
  it.each([
    ['a missing setting', COUNCIL, 'inactivityMinutes: 30\n', '', 'inactivityMinutes – is missing', 3],
    [
      'an unknown setting',
      COUNCIL,
      'savedFormDays: 30',
      'savedFormDays: 30\nsavedFormWeeks: 4',
      'savedFormWeeks – is not a known setting here',
      null,
    ],
    [
      'a wrong type',
      COUNCIL,
      'attempts: 5',
      'attempts: five',
      'codePolicy.attempts – is "five", and must be integer',
      null,
    ],
    [
      'a number out of range',
      COUNCIL,
      'minLength: 16',
      'minLength: 4',
      'passwordPolicy.minLength – must be >= 8',
      null,
    ],
    [
      'an unknown form in a group',
      COUNCIL,
      'forms: [request-for-support]',
      'forms: [request-for-support, ghost]',
      'formGroups.0.forms.1 – names a form that is not in forms/: “ghost”',
      null,
    ],
    [
      'a code used twice',
      COUNCIL,
      'code: missing-documents',
      'code: insufficient-detail',
      'informationReasons.1.code – is used twice: “insufficient-detail”',
      null,
    ],
    [
      'a host of another council',
      'sefton/council.yaml',
      'hosts: [sefton.localhost',
      'hosts: [lancashire.localhost',
      'hosts.0 – is already a host of lancashire: “lancashire.localhost”',
      null,
    ],
    [
      'an id that is not the folder’s',
      COUNCIL,
      'id: lancashire',
      'id: yorkshire',
      'id – is “yorkshire”, and the folder is named “lancashire”',
      null,
    ],
    [
      'a kind that is none',
      FORM,
      'kind: EMAIL, mandatory',
      'kind: E_MAIL, mandatory',
      'kind – is "E_MAIL", and must be one of TEXT, LONG_TEXT,',
      null,
    ],
    [
      'choices of a text',
      FORM,
      'kind: TEXT, mandatory: true, prefilledFrom: forename',
      'kind: TEXT, choices: { a: A }, prefilledFrom: forename',
      'sections.1.questions.0.choices – is not for this kind of question',
      null,
    ],
    ['a question without choices', FORM, 'kind: YES_NO', 'kind: CHOICE', 'choices – is missing', undefined],
    [
      'an id used twice',
      FORM,
      '{ id: surname, label: Last name',
      '{ id: forename, label: Last name',
      'sections.1.questions.1.id – is used twice in the section: “forename”',
      null,
    ],
    [
      'a section used twice',
      FORM,
      '- id: submit',
      '- id: household',
      'sections.7.id – is used twice: “household”',
      null,
    ],
    [
      'subjects in no section',
      FORM,
      'section: children',
      'section: pets',
      'subjects.section – names no section of this form: “pets”',
      null,
    ],
    [
      'a condition on an unknown question',
      FORM,
      '{ answer: yourDetails.organisationType, is: other }',
      '{ answer: yourDetails.shoeSize, is: other }',
      'sections.1.questions.3.visibleWhen – looks at “yourDetails.shoeSize”, and there is no such question before this one',
      null,
    ],
    [
      'a condition on a later question',
      FORM,
      '{ answer: yourDetails.organisationType, is: other }',
      '{ answer: reason.rovi, is: true }',
      'looks at “reason.rovi”, and there is no such question before this one',
      null,
    ],
    [
      'a condition that can never be met',
      FORM,
      '{ answer: yourDetails.organisationType, is: other }',
      '{ answer: yourDetails.organisationType, is: circus }',
      'waits for circus, which “yourDetails.organisationType” can never be',
      null,
    ],
    [
      'a condition that says two things',
      FORM,
      '{ answer: yourDetails.organisationType, is: other }',
      '{ answer: yourDetails.organisationType, is: other, in: [nspcc] }',
      'says one of is, in, includes or answered about its answer',
      null,
    ],
    [
      'a condition on several choices at once',
      FORM,
      '{ answer: reason.supportingEvidence, includes: other }',
      '{ answer: reason.supportingEvidence, is: other }',
      'says is or in, and “reason.supportingEvidence” is CHOICES: use includes',
      null,
    ],
    [
      'a condition on another’s answer',
      FORM,
      '{ subjectAnswer: children.interpreterNeeded, is: true }',
      '{ answer: children.interpreterNeeded, is: true }',
      'which is asked per subject: use subjectAnswer',
      null,
    ],
    [
      'an example that is no answer',
      FORM,
      "example: '2026-11-16'",
      'example: last Monday',
      'example – is not a valid answer to its question',
      null,
    ],
    [
      'a pattern that is none',
      FORM,
      'label: Religion or belief, kind: TEXT,',
      "label: Religion or belief, kind: TEXT, pattern: '^[0-9', hint: digits,",
      'pattern – is not a regular expression',
      null,
    ],
    [
      'another version than the file’s',
      FORM,
      'version: 1',
      'version: 2',
      'version – is 2, and the file is named for version 1',
      null,
    ],
    [
      'what is not YAML',
      FORM,
      'title: Request for Support',
      'title: "Request for Support',
      '(file) – Missing closing "quote',
      undefined,
    ],
    ['a key given twice', FORM, 'version: 1', 'version: 1\nversion: 1', '(file) – Map keys must be unique', null],
  ] as [string, string, string, string, string, number | null | undefined][])(
    '%s',
    (_, file, from, to, message, line) => {
      const changed = edit(file, from, to);
      const found = mistakes();
      expect(found[0]).toContain(`${file}:`);
      expect(found[0]).toContain(message);
      // null: the very line that was changed; undefined: the question around it, or where the parser noticed.
      if (line !== undefined) expect(found[0]).toMatch(new RegExp(`^${file}:${line ?? changed}: `));
      expect(found).toHaveLength(1);
    },
  );

  it('names every mistake of every file at once', () => {
    edit(COUNCIL, 'attempts: 5', 'attempts: 0');
    edit('sefton/council.yaml', 'savedFormDays: 30', 'savedFormDays: never');
    edit(FORM, 'version: 1', 'version: 3');
    expect(mistakes().map((line) => line.split(':')[0])).toEqual([FORM, COUNCIL, 'sefton/council.yaml']);
  });

  it('names files that are missing or have a wrong name', () => {
    renameSync(join(dir, FORM), join(dir, 'lancashire/forms/request-for-support.yaml'));
    rmSync(join(dir, 'sefton/council.yaml'));
    expect(mistakes()).toEqual([
      'lancashire/forms/request-for-support.yaml:1: (file) – is not named <formId>.v<version>.yaml',
      expect.stringMatching(
        /^lancashire\/council.yaml:[0-9]+: formGroups.0.forms.0 – names a form that is not in forms\//,
      ),
      'sefton/council.yaml:1: (file) – is missing',
    ]);
    rmSync(join(dir, 'form.schema.json'));
    expect(mistakes()).toEqual(['form.schema.json:1: (file) – is missing']);
  });
});

describe('a second version of a form', () => {
  const second = 'lancashire/forms/request-for-support.v2.yaml';
  beforeEach(() => {
    cpSync(join(dir, FORM), join(dir, second));
    edit(second, 'version: 1', 'version: 2');
    edit(second, 'title: Request for Support', 'title: Request for Family Support');
  });
  const retire = (file: string, day: string) => edit(file, 'version: ', `retiredOn: ${day}\nversion: `);

  it('is the one offered, while the first can still be had', () => {
    retire(FORM, '2026-06-01');
    const council = Councils.load(dir).byId('lancashire');
    expect(council?.form('request-for-support')?.title).toBe('Request for Family Support');
    expect(council?.form('request-for-support', 1)?.title).toBe('Request for Support');
    expect(council?.formGroups[0]?.forms).toMatchObject([{ id: 'request-for-support', version: 2 }]);
    expect(council?.form('request-for-support', 1)?.retiredOn).toBe('2026-06-01');
    expect(council?.form('request-for-support')?.retiredOn).toBeNull();
  });

  it('says in the first from which day on, and says so nowhere else', () => {
    expect(mistakes()).toEqual([
      expect.stringContaining('v1.yaml:3: retiredOn – is missing: version 2 replaces this one'),
    ]);
    retire(FORM, '2026-02-30');
    expect(mistakes()).toEqual([expect.stringContaining('retiredOn – is no day of the calendar: “2026-02-30”')]);
    edit(FORM, '2026-02-30', 'June');
    expect(mistakes()).toEqual([expect.stringContaining('retiredOn – is "June"')]);
    edit(FORM, 'June', '2026-06-01');
    retire(second, '2026-06-02');
    expect(mistakes()).toEqual([
      expect.stringContaining('v2.yaml:4: retiredOn – is for versions that a newer one replaces'),
    ]);
  });
});
