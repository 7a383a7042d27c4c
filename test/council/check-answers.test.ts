import { describe, expect, it } from '@jest/globals';
import type { Answers, QuestionSource } from '../../src/council/form.js';
import { fixture, formOf, formWith, ISLA, NOAH, PARENT, PROFESSIONAL } from './support.js';
import { cpuTime } from '../support/cpu-time.js';

/** A form of one section `page` with the given questions, for one child. */
const pageOf = (...questions: QuestionSource[]) => formWith([{ id: 'page', title: 'Page', questions }]);
const problemsOf = (question: QuestionSource, answer: unknown) =>
  pageOf(question)
    .check({ page: { [question.id]: answer } }, [ISLA], PROFESSIONAL)
    .problems.map(({ code, message }) => `${code}: ${message}`);

describe('what is asked', () => {
  const { subjects, answers } = fixture('lancashire', 'request-for-support');
  const form = formOf('lancashire', 'request-for-support');
  const asNspcc: Answers = { ...answers, yourDetails: { ...answers.yourDetails, organisationType: 'nspcc' } };

  it('leaves out the later questions on the reasons where the referrer is the NSPCC', () => {
    const { reason } = form.visible(asNspcc, subjects, PROFESSIONAL);
    expect(Object.keys(reason ?? {})).toEqual([
      'concerns',
      'worries',
      'lastIncidentOn',
      'strengths',
      'alreadyTried',
      'supportWanted',
      'servicesInvolved',
    ]);
    expect(form.check(asNspcc, subjects, PROFESSIONAL).complete).toBe(true);
  });

  it('asks everybody else about missing children, inclusion, occupational therapy and ROVI', () => {
    const {
      missingChild: _1,
      inclusionService: _2,
      occupationalTherapy: _3,
      rovi: _4,
      ...reason
    } = answers.reason ?? {};
    const asked = (given: Answers) =>
      form.check(given, subjects, PROFESSIONAL).problems.map((problem) => problem.questionId);
    expect(asked({ ...answers, reason })).toEqual(['missingChild', 'inclusionService', 'occupationalTherapy', 'rovi']);
    expect(asked({ ...asNspcc, reason })).toEqual([]);
  });

  it('follows the account, each subject, and only answers that are themselves asked for', () => {
    const chain = formWith([
      {
        id: 'page',
        title: 'Page',
        questions: [
          { id: 'first', label: 'First?', kind: 'YES_NO', mandatory: true },
          { id: 'second', label: 'Second?', kind: 'YES_NO', visibleWhen: { answer: 'page.first', is: true } },
          {
            id: 'third',
            label: 'Third',
            kind: 'TEXT',
            mandatory: true,
            visibleWhen: { answer: 'page.second', is: true },
          },
          {
            id: 'employer',
            label: 'Employer',
            kind: 'TEXT',
            mandatory: true,
            visibleWhen: { account: 'professional', is: true },
          },
        ],
      },
      {
        id: 'closing',
        title: 'Closing',
        visibleWhen: { all: [{ answer: 'page.first', answered: true }, { not: { answer: 'page.second', is: true } }] },
        questions: [{ id: 'remark', label: 'Remark', kind: 'TEXT', mandatory: true }],
      },
    ]);
    const missing = (page: Answers[string], account = PARENT) =>
      chain.check({ page }, [ISLA], account).problems.map((problem) => problem.questionId);
    expect(missing({ first: true, second: true })).toEqual(['third']);
    expect(missing({ first: true, second: false })).toEqual(['remark']);
    expect(missing({ first: false, second: true })).toEqual(['remark']); // second is no longer asked, so its answer counts for nothing
    expect(missing({ first: true, second: true, third: 'x' }, PROFESSIONAL)).toEqual(['employer']);
    expect(chain.check({ page: { first: true, second: true } }, [ISLA], PARENT).visibleSections).toEqual(['page']);
    expect(chain.visible({ page: { first: false, second: true, third: 'old' } }, [ISLA], PARENT)).toEqual({
      page: { first: false },
    });
  });

  it('does not show a page on which nothing is asked', () => {
    const form = formWith([
      { id: 'page', title: 'Page', questions: [{ id: 'more', label: 'More?', kind: 'YES_NO' }] },
      {
        id: 'empty',
        title: 'Empty',
        questions: [{ id: 'what', label: 'What', kind: 'TEXT', visibleWhen: { answer: 'page.more', is: true } }],
      },
    ]);
    expect(form.check({}, [ISLA], PARENT).visibleSections).toEqual(['page']);
    expect(form.check({ page: { more: true } }, [ISLA], PARENT).visibleSections).toEqual(['page', 'empty']);
  });
});

describe('answers per subject', () => {
  const form = pageOf(
    { id: 'inSchool', label: 'At school?', kind: 'YES_NO', mandatory: true, perSubject: true },
    {
      id: 'school',
      label: 'School',
      kind: 'TEXT',
      mandatory: true,
      perSubject: true,
      visibleWhen: { subjectAnswer: 'page.inSchool', is: true },
    },
  );

  it('are missing for each subject of their own, by name', () => {
    const { problems } = form.check({ page: { inSchool: { [ISLA.id]: true } } }, [ISLA, NOAH], PROFESSIONAL);
    expect(problems).toEqual([
      {
        sectionId: 'page',
        questionId: 'inSchool',
        subjectId: NOAH.id,
        row: null,
        code: 'MISSING',
        message: 'Answer yes or no to “At school?” for Noah Hargreaves.',
      },
      {
        sectionId: 'page',
        questionId: 'school',
        subjectId: ISLA.id,
        row: null,
        code: 'MISSING',
        message: 'Enter “School” for Isla Hargreaves.',
      },
    ]);
  });

  it('are kept only for subjects of the form, and only where asked', () => {
    const answers = {
      page: {
        inSchool: { [ISLA.id]: true, [NOAH.id]: false, gone: true },
        school: { [ISLA.id]: ' St Mary’s ', [NOAH.id]: 'old', gone: 'x' },
      },
    };
    expect(form.visible(answers, [ISLA, NOAH], PROFESSIONAL)).toEqual({
      page: { inSchool: { [ISLA.id]: true, [NOAH.id]: false }, school: { [ISLA.id]: ' St Mary’s ' } },
    });
  });

  it('count once for each subject in the percentage, and for one not yet named', () => {
    const percent = (page: Answers[string], subjects = [ISLA, NOAH]) =>
      form.check({ page }, subjects, PROFESSIONAL).percentComplete;
    expect(percent({}, [])).toBe(0);
    expect(percent({ inSchool: { [ISLA.id]: false } })).toBe(50);
    expect(percent({ inSchool: { [ISLA.id]: true, [NOAH.id]: false } })).toBe(66);
    expect(percent({ inSchool: { [ISLA.id]: true, [NOAH.id]: false }, school: { [ISLA.id]: 'St Mary’s' } })).toBe(100);
  });

  it('need subjects with full names, as many as the form allows', () => {
    const few = formWith([{ id: 'page', title: 'Page', questions: [{ id: 'a', label: 'A', kind: 'TEXT' }] }], {
      max: 1,
    });
    const codes = (...subjects: (typeof ISLA)[]) =>
      few
        .check({}, subjects, PROFESSIONAL)
        .problems.map(({ sectionId, questionId, code }) => [sectionId, questionId, code]);
    expect(codes()).toEqual([['page', 'subjects', 'TOO_FEW']]);
    expect(codes(ISLA)).toEqual([]);
    expect(codes(ISLA, NOAH)).toEqual([['page', 'subjects', 'TOO_MANY']]);
    expect(codes({ ...ISLA, surname: ' ' })).toEqual([['page', 'subjects', 'MISSING']]);
  });

  it('stay harmless whatever a subject is called', () => {
    const proto = { ...ISLA, id: '__proto__' };
    const answers = JSON.parse('{"page": {"inSchool": {"__proto__": false}}}') as Answers;
    expect(form.check(answers, [proto], PROFESSIONAL).complete).toBe(true);
    expect(JSON.stringify(form.visible(answers, [proto], PROFESSIONAL))).toBe(
      '{"page":{"inSchool":{"__proto__":false}}}',
    );
    expect(form.check({}, [{ ...ISLA, id: 'constructor' }], PROFESSIONAL).complete).toBe(false);
    expect(({} as Record<string, unknown>).inSchool).toBeUndefined();
  });
});

describe('a valid answer', () => {
  const text: QuestionSource = { id: 'q', label: 'Question', kind: 'TEXT', maxLength: 5, mandatory: true };

  it.each([
    ['text that is too long', text, 'abcdef', 'TOO_LONG: Shorten “Question” to at most 5 characters.'],
    ['text of another type', text, 7, 'WRONG_TYPE: Give text for “Question”.'],
    ['text on two lines', text, 'a\nb', 'INVALID_FORMAT: Enter “Question” on one line.'],
    [
      'text in another pattern',
      { ...text, pattern: '^[0-9]+$', hint: 'digits only' },
      'abc',
      'INVALID_FORMAT: Enter “Question” on one line, digits only.',
    ],
    ['blank text', text, ' \n ', 'MISSING: Enter “Question”.'],
    [
      'a day that is not in the calendar',
      { ...text, kind: 'DATE', maxLength: undefined },
      '2026-02-29',
      'INVALID_FORMAT: Enter a date of the calendar as year-month-day, such as 2014-03-09, for “Question”.',
    ],
    [
      'a year with a slip',
      { ...text, kind: 'DATE', maxLength: undefined },
      '0202-01-01',
      'INVALID_FORMAT: Enter a date of the calendar as year-month-day, such as 2014-03-09, for “Question”.',
    ],
    [
      'no email address',
      { ...text, kind: 'EMAIL', maxLength: 254 },
      'someone@example',
      'INVALID_FORMAT: Enter an email address, such as name@example.org, for “Question”.',
    ],
    [
      'no telephone number',
      { ...text, kind: 'TELEPHONE', maxLength: 30 },
      '12345',
      'INVALID_FORMAT: Enter a telephone number with its area code, such as 01772 536000, for “Question”.',
    ],
    [
      'a choice not offered',
      { ...text, kind: 'CHOICE', maxLength: undefined, choices: { a: 'Apple', b: 'Pear' } },
      'c',
      'UNKNOWN_CHOICE: Choose one of the answers offered to “Question”: Apple, Pear.',
    ],
    [
      'choices not offered',
      { ...text, kind: 'CHOICES', maxLength: undefined, choices: { a: 'Apple', b: 'Pear' } },
      ['a', 'c'],
      'UNKNOWN_CHOICE: Choose one of the answers offered to “Question”: Apple, Pear.',
    ],
    [
      'a choice twice',
      { ...text, kind: 'CHOICES', maxLength: undefined, choices: { a: 'Apple', b: 'Pear' } },
      ['a', 'a'],
      'WRONG_TYPE: Give a list of choices, each once for “Question”.',
    ],
    [
      'more choices than there are',
      { ...text, kind: 'CHOICES', maxLength: undefined, choices: { a: 'Apple', b: 'Pear' } },
      ['a', 'b', 'a'],
      'TOO_MANY: Choose each of the answers to “Question” once at most.',
    ],
    [
      'a number out of range',
      { ...text, kind: 'NUMBER', maxLength: undefined, min: 1, max: 7 },
      8,
      'OUT_OF_RANGE: Enter a number from 1 to 7 for “Question”.',
    ],
    [
      'a number as text',
      { ...text, kind: 'NUMBER', maxLength: undefined },
      '8',
      'WRONG_TYPE: Give a number for “Question”.',
    ],
    [
      'the wrong side of a gate',
      { ...text, kind: 'YES_NO', maxLength: undefined, mustBe: true, otherwise: 'Please telephone.' },
      false,
      'NOT_ACCEPTED: Please telephone.',
    ],
    [
      'an address without postcode',
      { ...text, kind: 'ADDRESS', maxLength: undefined },
      { line1: '1 Road' },
      'MISSING: Enter the postcode of “Question”.',
    ],
    [
      'an address with half a postcode',
      { ...text, kind: 'ADDRESS', maxLength: undefined },
      { line1: '1 Road', postcode: 'PR1' },
      'INVALID_FORMAT: Enter a full UK postcode, such as PR1 8XJ, for the postcode of “Question”.',
    ],
    [
      'an address with more than it has',
      { ...text, kind: 'ADDRESS', maxLength: undefined },
      { line1: '1 Road', postcode: 'PR1 8XJ', planet: 'Earth' },
      'UNKNOWN: “Question” has no part called “planet”.',
    ],
    [
      'a person without surname',
      { ...text, kind: 'PERSON', maxLength: undefined },
      { forename: 'Rosalind', surname: ' ' },
      'MISSING: Enter the surname of “Question”.',
    ],
    [
      'a person born on no day',
      { ...text, kind: 'PERSON', maxLength: undefined },
      { forename: 'R', surname: 'H', dateOfBirth: '1991-02-30' },
      'INVALID_FORMAT: Enter a date of the calendar as year-month-day, such as 2014-03-09, for the date of birth of “Question”.',
    ],
  ] as [string, QuestionSource, unknown, string][])('is not %s', (_, question, answer, problem) => {
    expect(problemsOf(question, answer)).toEqual([problem]);
  });

  it.each([
    ['pr18xj', 'ADDRESS'],
    [' PR1 8XJ ', 'ADDRESS'],
    ['EC1A 1BB', 'ADDRESS'],
    ['+44 (0)1772 536000', 'TELEPHONE'],
    ['01772 536000 ext 12', 'TELEPHONE'],
    ['o’brien+referrals@mail.example.co.uk', 'EMAIL'],
    ['2024-02-29', 'DATE'],
  ] as const)('can be %s (%s)', (answer, kind) => {
    expect(
      problemsOf(
        { id: 'q', label: 'Question', kind },
        kind === 'ADDRESS' ? { line1: '1 Road', line2: null, town: '', postcode: answer } : answer,
      ),
    ).toEqual([]);
  });

  it('may be left out, empty or blank where it is not mandatory', () => {
    const kinds = ['TEXT', 'LONG_TEXT', 'DATE', 'NUMBER', 'YES_NO', 'PERSON', 'ADDRESS', 'EMAIL', 'TELEPHONE'] as const;
    for (const kind of kinds) {
      for (const blank of [undefined, null, '', '  ', [], {}, { line1: '', postcode: null }]) {
        expect(problemsOf({ id: 'q', label: 'Question', kind }, blank)).toEqual([]);
      }
    }
  });
});

describe('a table', () => {
  const table: QuestionSource = {
    id: 'members',
    label: 'Members',
    kind: 'TABLE',
    mandatory: true,
    max: 3,
    columns: [
      { id: 'name', label: 'Name', kind: 'TEXT', mandatory: true },
      { id: 'email', label: 'Email', kind: 'EMAIL' },
    ],
  };
  const rows = (answer: unknown) =>
    pageOf(table)
      .check({ page: { members: answer } }, [ISLA], PROFESSIONAL)
      .problems.map(({ row, code, message }) => [row, code, message]);

  it('says of each cell what is missing or wrong, and in which row', () => {
    expect(rows([{ name: 'Rosalind' }, { email: 'none' }, 'Desmond'])).toEqual([
      [1, 'MISSING', 'Enter “Name” in row 2 of “Members”.'],
      [1, 'INVALID_FORMAT', 'Enter an email address, such as name@example.org, for “Email” in row 2 of “Members”.'],
      [2, 'WRONG_TYPE', 'Give the columns in row 3 of “Members” as an object.'],
    ]);
    expect(rows([{ name: 'Rosalind', shoeSize: 5 }])).toEqual([
      [0, 'UNKNOWN', 'There is no column “shoeSize” in row 1 of “Members”.'],
    ]);
  });

  it('needs a row where it is mandatory, and no more than allowed', () => {
    expect(rows([])).toEqual([[null, 'MISSING', 'Add at least one row to “Members”.']]);
    expect(rows(Array(4).fill({ name: 'x' }))).toEqual([[null, 'TOO_MANY', 'Remove rows from “Members”: at most 3.']]);
    expect(rows([{ name: 'Rosalind', email: '' }])).toEqual([]);
  });

  it('can be half filled in a draft', () => {
    const form = pageOf(table);
    expect(form.refuse({ page: { members: [{}, { name: '', email: 'half@' }] } })).toEqual([]);
    expect(form.refuse({ page: { members: [{ name: 5 }] } })).toMatchObject([{ row: 0, code: 'WRONG_TYPE' }]);
  });
});

describe('a draft', () => {
  const form = formOf('lancashire', 'request-for-support');
  const refusals = (answers: unknown) =>
    form.refuse(answers).map(({ sectionId, questionId, subjectId, code }) => [sectionId, questionId, subjectId, code]);

  it('is refused what is unknown, of a wrong type, over-long, or no choice – each by name', () => {
    const answers = {
      nowhere: { a: 1 },
      submit: null,
      howThisWorks: { moving: 'read it' },
      yourDetails: { shoeSize: 42, forename: 7, address: 'x'.repeat(513), organisationType: 'circus' },
      children: { gender: 'female', ethnicity: { [ISLA.id]: 'martian' }, school: { [ISLA.id]: ['St Mary’s'] } },
    };
    expect(refusals(answers)).toEqual([
      ['nowhere', '', null, 'UNKNOWN'],
      ['submit', '', null, 'WRONG_TYPE'],
      ['howThisWorks', 'moving', null, 'UNKNOWN'],
      ['yourDetails', 'shoeSize', null, 'UNKNOWN'],
      ['children', 'gender', null, 'WRONG_TYPE'],
      ['yourDetails', 'forename', null, 'WRONG_TYPE'],
      ['yourDetails', 'organisationType', null, 'UNKNOWN_CHOICE'],
      ['yourDetails', 'address', null, 'TOO_LONG'],
      ['children', 'ethnicity', ISLA.id, 'UNKNOWN_CHOICE'],
      ['children', 'school', ISLA.id, 'WRONG_TYPE'],
    ]);
    expect(refusals('everything')).toEqual([['', '', null, 'WRONG_TYPE']]);
    expect(refusals(JSON.parse('{"__proto__": {"a": 1}, "constructor": {"b": 2}}'))).toEqual([
      ['__proto__', '', null, 'UNKNOWN'],
      ['constructor', '', null, 'UNKNOWN'],
    ]);
  });

  it('may be empty, blank or half typed', () => {
    expect(form.refuse({})).toEqual([]);
    const halfTyped = {
      yourDetails: { forename: '', surname: null, email: 'amira@', telephone: '01' },
      children: { address: { [ISLA.id]: { line1: '27', postcode: 'PR' } }, dateOfBirth: { [ISLA.id]: '2015-' } },
    };
    expect(form.refuse(halfTyped)).toEqual([]);
    expect(form.check(halfTyped, [ISLA], PROFESSIONAL).problems).toContainEqual(
      expect.objectContaining({ questionId: 'email', code: 'INVALID_FORMAT' }),
    );
  });

  it('never makes a check fail, whatever is in it', () => {
    for (const nonsense of [null, 5, 'x', [], { yourDetails: 3 }, { children: { gender: [] } }]) {
      expect(form.check(nonsense as unknown as Answers, [ISLA], PROFESSIONAL).complete).toBe(false);
    }
  });
});

describe('prefilling', () => {
  it('takes what the account says, the address as lines of text or as an address, and nothing it does not say', () => {
    expect(formOf('lancashire', 'request-for-support').prefill(PROFESSIONAL)).toEqual({
      yourDetails: {
        forename: 'Amira',
        surname: 'Castellane',
        organisation: 'Moorbrook Primary School',
        jobTitle: 'Designated Safeguarding Lead',
        address: '1 Market Place\nAshby\nZE1 0AA',
        email: 'amira.castellane@example.org',
        telephone: '01632 960142',
      },
    });
    expect(formOf('sefton', 'dols-form-1').prefill(PROFESSIONAL).managingAuthority).toMatchObject({
      address: { line1: '1 Market Place', town: 'Ashby', postcode: 'ZE1 0AA' },
      completedBy: 'Amira Castellane',
    });
    expect(formOf('lancashire', 'request-for-support').prefill(PARENT)).toEqual({
      yourDetails: { forename: 'Ruth', surname: 'Baskerville', email: 'ruth@example.org' },
    });
  });

  it('leaves to the person what does not fit', () => {
    const form = pageOf({
      id: 'address',
      label: 'Address',
      kind: 'LONG_TEXT',
      maxLength: 10,
      prefilledFrom: 'address',
    });
    expect(form.prefill(PROFESSIONAL)).toEqual({});
  });

  it('gives labels, and the id where there is none', () => {
    const form = formOf('lancashire', 'request-for-support');
    expect(form.questionLabel('reason', 'worries')).toBe(
      'What has happened, and what are you worried will happen if nothing changes?',
    );
    expect(form.questionLabel('reason', 'constructor')).toBe('constructor');
  });
});

describe('hostile answers', () => {
  it('are refused quickly, however long', async () => {
    const form = formOf('lancashire', 'request-for-support');
    const long = Array.from({ length: 200_000 }, (_, index) => `choice-${index}`);
    const took = await cpuTime(() => {
      expect(form.refuse({ reason: { concerns: long } })).toMatchObject([{ code: 'TOO_MANY' }]);
      expect(form.refuse({ household: { members: long } })).toMatchObject([{ code: 'TOO_MANY' }]);
      expect(form.refuse({ reason: { worries: ' \n'.repeat(500_000) + 'x' } })).toMatchObject([{ code: 'TOO_LONG' }]);
      expect(form.refuse({ yourDetails: { email: `${'a.'.repeat(100_000)}@` } })).toMatchObject([{ code: 'TOO_LONG' }]);
    });
    expect(took).toBeLessThan(500);
  });
});
