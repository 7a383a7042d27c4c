import type { Mutant } from './mutant.js';

export interface Equivalent extends Pick<Mutant, 'file' | 'within' | 'was' | 'becomes'> {
  /** Why no caller can notice the difference. */
  why: string;
}

/** Mutants that no test can kill, because they change nothing that a caller could notice. */
export const equivalents: readonly Equivalent[] = [
  {
    file: 'src/account/account.decider.ts',
    within: 'resendable free',
    was: 'const free = challenge.resendAfter > hourOver ? challenge.resendAfter : hourOver;',
    becomes: 'const free = challenge.resendAfter >= hourOver ? challenge.resendAfter : hourOver;',
    why: 'Where the two are equal either is the answer.',
  },
  {
    file: 'src/referral/draft.decider.ts',
    within: 'amend',
    was: "if (state.accountId !== accountId || state.erased || !state.submission) throw notFound('requestId');",
    becomes: "if (state.accountId !== accountId || state.erased) throw notFound('requestId');",
    why: 'Nothing is asked about a referral that was never submitted: the same problem is thrown for the missing request.',
  },
  {
    file: 'projections/submitted-forms.ts',
    within: 'withoutRequest',
    was: "return documents.filter((document) => document.kind !== 'request' || document.requestId !== requestId);",
    becomes: "return documents.filter((document) => document.kind !== 'request');",
    why: 'A referral has one open request at most, and only that one is answered, retracted or asked again.',
  },
  {
    file: 'src/core/canonical-json.ts',
    within: 'canonicalJson',
    was: '? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))',
    becomes: '? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a <= b ? -1 : a > b ? 1 : 0)))',
    why: 'No object has two members of one name.',
  },
  {
    file: 'src/core/one-time-code.ts',
    within: 'codeMatches given',
    was: "typed .replace(/\\s/g, '') .padEnd(digits) .slice(0, digits + 1),",
    becomes: "typed .replace(/\\s/g, '') .padEnd(digits),",
    why: 'It bounds the work alone: what is too long has another length than the code, cut or not.',
  },
  {
    file: 'src/core/secrets.ts',
    within: 'Secrets derive',
    was: "key = Buffer.from(hkdfSync('sha256', root, Buffer.alloc(0), `frontdoor/${purpose}`, 32));",
    becomes: "key = Buffer.from(hkdfSync('sha256', root, Buffer.alloc((0 + 1)), `frontdoor/${purpose}`, 32));",
    why: 'HMAC fills its key up with zeros: a salt of one zero byte is the empty salt.',
  },
  {
    file: 'src/session/client-address.ts',
    within: 'clientAddress',
    was: "const [before = '', after = ''] = plain.split('::');",
    becomes: "const [before = '', after = 'something'] = plain.split('::');",
    why: 'An address without :: has eight groups before it, and the first four are all that counts.',
  },
];
