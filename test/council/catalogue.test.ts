import { describe, expect, it } from '@jest/globals';
import { sampleAnswers } from '../../src/council/sample-answers.js';
import { catalogue, councils, fixture, formOf, ISLA, NOAH, PARENT, PROFESSIONAL } from './support.js';

const IDS = {
  lancashire: ['request-for-support'],
  sefton: [
    'social-care-referral',
    'dst-request',
    'ehcp-review-information',
    'occupational-therapy',
    'cop-application',
    'dols-form-1',
    'dols-form-2',
    'quality-concern',
    'safeguarding',
  ],
  worcestershire: ['early-help', 'childrens-social-care', 'lado', 'ehcna', 'service-feedback', 'foster-enquiry'],
};

describe('the councils', () => {
  it('offer the catalogue of the guides, and nothing else', () => {
    const offered = councils
      .all()
      .map(({ id, formGroups }) => [id, formGroups.flatMap((group) => group.forms.map((form) => form.id))]);
    expect(Object.fromEntries(offered)).toEqual(IDS);
  });

  it('are found by host, whatever its case and port, and by id', () => {
    expect(councils.byHost('lancashire.localhost')?.id).toBe('lancashire');
    expect(councils.byHost('Sefton.localhost:4000')?.id).toBe('sefton');
    expect(councils.byHost('worcestershire.localhost.')?.id).toBe('worcestershire');
    expect(councils.byHost('nowhere.example')).toBeUndefined();
    expect(councils.byHost('')).toBeUndefined();
    expect(councils.byId('lancashire')?.name).toBe('Lancashire County Council');
    expect(councils.byId('__proto__')).toBeUndefined();
  });

  it('keep the times, code lives and passwords of their guides', () => {
    const numbers = councils
      .all()
      .map(({ id, inactivityMinutes, codePolicy, passwordPolicy, savedFormDays, submittedFormDays }) => ({
        id,
        inactivityMinutes,
        savedFormDays,
        submittedFormDays,
        registration: codePolicy.registrationMinutes,
        logIn: codePolicy.logInMinutes,
        digits: codePolicy.digits,
        passwords: [passwordPolicy.minLength, passwordPolicy.differsFromPrevious],
      }));
    const common = { savedFormDays: 30, submittedFormDays: 30, logIn: 5, digits: 8 };
    expect(numbers).toEqual([
      { id: 'lancashire', inactivityMinutes: 30, registration: 15, passwords: [16, 8], ...common },
      { id: 'sefton', inactivityMinutes: 30, registration: 20, passwords: [12, 0], ...common },
      { id: 'worcestershire', inactivityMinutes: 60, registration: 20, passwords: [12, 8], ...common },
    ]);
  });

  it('can return a form for insufficient detail, and say how a referral went on', () => {
    for (const { informationReasons, outcomes } of councils.all()) {
      expect(informationReasons).toContainEqual({ code: 'insufficient-detail', label: 'Insufficient Detail' });
      expect(outcomes.length).toBeGreaterThan(3);
    }
    expect(councils.byId('lancashire')?.outcomes).toContainEqual({
      code: 'family-intensive-support',
      label: 'Progressed to Family Intensive Support',
    });
  });

  it('end the DoLS forms after 20 minutes and ask for a fresh log-in before each EHCNA request', () => {
    expect(formOf('sefton', 'dols-form-1').inactivityMinutes).toBe(20);
    expect(formOf('sefton', 'dols-form-2').inactivityMinutes).toBe(20);
    expect(formOf('worcestershire', 'ehcna').freshLogIn).toBe(true);
    expect(formOf('worcestershire', 'early-help').freshLogIn).toBe(false);
  });

  it('give the newest version unless one is named', () => {
    const council = councils.byId('lancashire');
    expect(council?.form('request-for-support')).toBe(council?.form('request-for-support', 1));
    expect(council?.form('request-for-support', 2)).toBeUndefined();
    expect(council?.form('toString')).toBeUndefined();
  });
});

describe.each(catalogue().map(({ council, form }) => ({ name: `${council.id} ${form.id}`, council, form })))(
  '$name',
  ({ council, form }) => {
    it('is complete with its fixture', () => {
      const { subjects, answers } = fixture(council.id, form.id);
      expect(form.check(answers, subjects, PROFESSIONAL)).toMatchObject({
        complete: true,
        percentComplete: 100,
        problems: [],
      });
      expect(form.refuse(answers)).toEqual([]);
      expect(form.visible(answers, subjects, PROFESSIONAL)).toEqual(answers);
    });

    it('is complete with sample answers, of professionals and others, and the same ones each time', () => {
      const subjects = [ISLA, NOAH].slice(0, form.subjects.max);
      for (const account of [PROFESSIONAL, PARENT]) {
        const answers = sampleAnswers(form, subjects, account);
        expect(form.check(answers, subjects, account)).toMatchObject({
          complete: true,
          percentComplete: 100,
          problems: [],
        });
        expect(form.refuse(answers)).toEqual([]);
        expect(sampleAnswers(form, subjects, account)).toEqual(answers);
      }
    });

    it('begins incomplete, with the account’s details filled in and fit to be saved', () => {
      const begun = form.prefill(PROFESSIONAL);
      const check = form.check(begun, [], PROFESSIONAL);
      expect(check.complete).toBe(false);
      expect(check.percentComplete).toBeGreaterThan(0);
      expect(check.percentComplete).toBeLessThan(50);
      expect(check.problems).toContainEqual(expect.objectContaining({ questionId: 'subjects', code: 'TOO_FEW' }));
      expect(form.refuse(begun)).toEqual([]);
    });
  },
);
