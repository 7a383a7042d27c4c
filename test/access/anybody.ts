import { PASSWORD } from '../support/people.js';
import { everybody, id, mutation, type Row } from './row.js';

const guess = { challengeId: 'made-up', code: '1234 5678' };
const person = { forename: 'Nobody', surname: 'Inparticular', password: PASSWORD, professional: true };

/** What anybody may ask. */
export const anybody: Record<string, Row> = {
  'Query.council': { about: 'nothing', document: '{council{name}}', outcomes: everybody() },
  'Query.form': {
    about: 'nothing',
    document: '{form(id:"request-for-support"){title}}',
    outcomes: everybody('ok', 'NOT_FOUND'),
  },
  'Query.checkAnswers': {
    about: 'nothing',
    document: '{checkAnswers(formId:"request-for-support",answers:{}){complete}}',
    outcomes: everybody('ok', 'NOT_FOUND'),
  },
  'Query.findAddress': {
    about: 'nothing',
    document: '{findAddress(postcode:"PR1 8XJ"){line1}}',
    outcomes: everybody(),
  },
  'Query.captchaChallenge': { about: 'nothing', document: '{captchaChallenge{challenge}}', outcomes: everybody() },
  'Mutation.register': {
    about: 'nothing',
    document: mutation('$input: RegisterInput!', 'register(input:$input){digits}'),
    variables: () => ({ input: { ...person, commandId: id(), email: `${id()}@example.org` } }),
    outcomes: everybody(),
  },
  'Mutation.resendCode': {
    about: 'nothing',
    document: mutation('$challengeId: ID!', 'resendCode(challengeId:$challengeId){digits}'),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
  'Mutation.confirmRegistration': {
    about: 'nothing',
    document: mutation(
      '$challengeId: ID!, $code: String!',
      'confirmRegistration(challengeId:$challengeId,code:$code){token}',
    ),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
  'Mutation.logIn': {
    about: 'nothing',
    document: mutation('', `logIn(email:"nobody@example.org",password:"${PASSWORD}"){digits}`),
    outcomes: everybody('CREDENTIALS_WRONG'),
  },
  'Mutation.confirmLogIn': {
    about: 'nothing',
    document: mutation('$challengeId: ID!, $code: String!', 'confirmLogIn(challengeId:$challengeId,code:$code){token}'),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
  'Mutation.requestPasswordReset': {
    about: 'nothing',
    document: mutation('', 'requestPasswordReset(email:"nobody@example.org"){digits}'),
    outcomes: everybody(),
  },
  'Mutation.resetPassword': {
    about: 'nothing',
    document: mutation(
      '$challengeId: ID!, $code: String!',
      `resetPassword(challengeId:$challengeId,code:$code,newPassword:"${PASSWORD}")`,
    ),
    variables: () => guess,
    outcomes: everybody('BAD_INPUT'),
  },
};
