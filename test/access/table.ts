import { anybody } from './anybody.js';
import { councilSide } from './council.js';
import { referrersSide } from './referrers.js';
import { referrers, staffLists, type Row } from './row.js';

/** Every operation and every field with a resolver of its own, and what comes of it for whom. A test fails for one without a row. */
export const table: Record<string, Row> = {
  ...anybody,
  ...referrersSide,
  ...councilSide,

  // ── live lists: an "ok" hears of the owner's referral, a stranger's "ok" hears nothing ──
  'Subscription.submittedFormsChanged': {
    about: 'submitted',
    document: 'subscription{submittedFormsChanged{recentlySubmitted{edges{node{reference name}}}}}',
    outcomes: referrers(),
  },
  'Subscription.inboxChanged': {
    about: 'submitted',
    document: 'subscription{inboxChanged{reference names referrer}}',
    outcomes: staffLists('worker', 'service'),
  },

  // ── last: it ends the sessions that the rows above need ──
  'Mutation.logOut': { about: 'nothing', document: 'mutation{logOut}', outcomes: referrers() },
};
