import { describe, expect, it } from '@jest/globals';
import type { QuestionSource } from '../../src/council/form.js';
import { mapAnswers } from '../../src/council/map-answers.js';
import { fixture, formOf, formWith, ISLA, NOAH, PROFESSIONAL } from './support.js';

type Sections = Record<string, QuestionSource[]>;
const form = (sections: Sections) =>
  formWith(Object.entries(sections).map(([id, questions]) => ({ id, title: id, questions })));
const map = (from: Sections, to: Sections, answers: Record<string, Record<string, unknown>>) =>
  mapAnswers(form(from), form(to), answers, PROFESSIONAL, [ISLA, NOAH]);
const text = (id: string, more: Partial<QuestionSource> = {}): QuestionSource => ({
  id,
  label: id,
  kind: 'TEXT',
  ...more,
});
const choices = (kind: 'CHOICE' | 'CHOICES', ...codes: string[]): QuestionSource => ({
  id: 'q',
  label: 'Q',
  kind,
  choices: Object.fromEntries(codes.map((code) => [code, code])),
});

describe('answers find their place in another form', () => {
  it('by section and question', () => {
    expect(map({ a: [text('x'), text('y')] }, { a: [text('x')] }, { a: { x: '1', y: '2' } })).toEqual({
      answers: { a: { x: '1' } },
      unmapped: ['a.y'],
    });
  });

  it('by the question’s id in another section, where there is one of its kind and no doubt', () => {
    const from = { a: [text('x')] };
    expect(map(from, { b: [text('x')] }, { a: { x: '1' } }).answers).toEqual({ b: { x: '1' } });
    const places: Sections[] = [
      { b: [text('x')], c: [text('x')] },
      { b: [text('x', { kind: 'NUMBER' })] },
      { b: [text('x', { perSubject: true })] },
    ];
    for (const to of places) {
      expect(map(from, to, { a: { x: '1' } })).toEqual({ answers: {}, unmapped: ['a.x'] });
    }
  });

  it('by the question’s label, under whatever id', () => {
    const [before, after] = [
      text('x', { label: 'Name of the school' }),
      text('school', { label: 'Name of the School ' }),
    ];
    expect(map({ a: [before] }, { b: [after] }, { a: { x: '1' } })).toEqual({
      answers: { b: { school: '1' } },
      unmapped: [],
    });
  });

  it('never in a place that another answer has, nor where the first form asks something itself', () => {
    const from = { a: [text('x')], b: [text('y'), text('x')] };
    expect(map(from, { b: [text('x')] }, { a: { x: 'mine' } })).toEqual({ answers: {}, unmapped: ['a.x'] });
    const twice = { a: [text('x')], c: [text('x')] };
    expect(map(twice, { b: [text('x')] }, { a: { x: '1' }, c: { x: '2' } })).toEqual({
      answers: { b: { x: '1' } },
      unmapped: ['c.x'],
    });
  });

  it('with the choices that both have', () => {
    const cases: [QuestionSource, QuestionSource, unknown, unknown, string[]][] = [
      [choices('CHOICES', 'a', 'b', 'c'), choices('CHOICES', 'b', 'c', 'd'), ['a', 'b', 'c'], ['b', 'c'], ['s.q']],
      [choices('CHOICES', 'a', 'b'), choices('CHOICES', 'a', 'b', 'c'), ['b'], ['b'], []],
      [choices('CHOICES', 'a', 'b'), choices('CHOICES', 'c'), ['a'], undefined, ['s.q']],
      [choices('CHOICE', 'a', 'b'), choices('CHOICE', 'b'), 'b', 'b', []],
      [choices('CHOICE', 'a', 'b'), choices('CHOICE', 'b'), 'a', undefined, ['s.q']],
      [choices('CHOICE', 'a', 'b'), choices('CHOICES', 'a', 'c'), 'a', ['a'], []],
      [choices('CHOICES', 'a', 'b'), choices('CHOICE', 'a', 'b'), ['a'], 'a', []],
      [choices('CHOICES', 'a', 'b'), choices('CHOICE', 'a', 'b'), ['a', 'b'], undefined, ['s.q']],
    ];
    for (const [from, to, given, kept, unmapped] of cases) {
      const answers = kept === undefined ? {} : { s: { q: kept } };
      expect(map({ s: [from] }, { s: [to] }, { s: { q: given } })).toEqual({ answers, unmapped });
    }
  });

  it('for each subject: an answer of all is everybody’s, one that all share is the answer of all', () => {
    const [one, each] = [{ s: [text('q')] }, { s: [text('q', { perSubject: true })] }];
    const of = (isla: string, noah: string) => ({ s: { q: { [ISLA.id]: isla, [NOAH.id]: noah } } });
    expect(map(each, each, of('a', 'b'))).toEqual({ answers: of('a', 'b'), unmapped: [] });
    expect(map(one, each, { s: { q: 'a' } })).toEqual({ answers: of('a', 'a'), unmapped: [] });
    expect(map(each, one, of('a', 'a'))).toEqual({ answers: { s: { q: 'a' } }, unmapped: [] });
    expect(map(each, one, of('a', 'b'))).toEqual({ answers: {}, unmapped: ['s.q'] });
    expect(map(each, one, { s: { q: { [ISLA.id]: 'a' } } })).toEqual({ answers: {}, unmapped: ['s.q'] });
  });

  it('with the columns that both tables have', () => {
    const table = (...columns: QuestionSource[]): QuestionSource => ({ id: 'q', label: 'Q', kind: 'TABLE', columns });
    const moved = map(
      { s: [table(text('name'), text('age'))] },
      { s: [table(text('name'), text('school'))] },
      { s: { q: [{ name: 'Isla', age: '8' }, { age: '5' }] } },
    );
    expect(moved).toEqual({ answers: { s: { q: [{ name: 'Isla' }] } }, unmapped: ['s.q'] });
  });

  it('where they fit: a date as text, never a text as a date, nothing over-long', () => {
    const kind = (one: QuestionSource['kind'], more = {}) => ({ s: [text('q', { kind: one, ...more })] });
    const answers = { s: { q: '2026-01-15' } };
    expect(map(kind('DATE'), kind('TEXT'), answers)).toEqual({ answers, unmapped: [] });
    expect(map(kind('TEXT'), kind('DATE'), answers)).toEqual({ answers: {}, unmapped: ['s.q'] });
    expect(map(kind('TEXT'), kind('TEXT', { maxLength: 5 }), answers)).toEqual({ answers: {}, unmapped: ['s.q'] });
  });

  it('on top of what the account says', () => {
    const prefilled = { s: [text('email', { kind: 'EMAIL', prefilledFrom: 'email' }), text('q')] };
    expect(map({ s: [text('q')] }, prefilled, { s: { q: 'a' } }).answers).toEqual({
      s: { email: PROFESSIONAL.email, q: 'a' },
    });
  });
});

it('a quality concern that was one for safeguarding keeps who, whom and what', () => {
  const [from, to] = [formOf('sefton', 'quality-concern'), formOf('sefton', 'safeguarding')];
  const { subjects, answers } = fixture('sefton', 'quality-concern');
  const mapped = mapAnswers(from, to, answers, PROFESSIONAL, subjects);
  expect(to.refuse(mapped.answers)).toEqual([]);
  expect(mapped.answers.aboutYou).toEqual(answers.aboutYou);
  expect(mapped.answers.person).toMatchObject({
    dateOfBirth: answers.person!.dateOfBirth,
    gender: answers.person!.gender,
  });
  expect(mapped.answers.concern).toMatchObject({ details: answers.concern!.details });
  expect(mapped.unmapped).toEqual(expect.arrayContaining(['provider.name', 'concern.categories', 'concern.effect']));
  const listed = Object.entries(answers).flatMap(([section, given]) =>
    Object.keys(given).map((id) => `${section}.${id}`),
  );
  expect(listed).toEqual(expect.arrayContaining(mapped.unmapped));
});
