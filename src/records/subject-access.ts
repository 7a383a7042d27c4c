import type { Db } from 'mongodb';
import type { MailLedger } from '../../projections/mail/ledger.js';
import { accountDecider } from '../account/account.decider.js';
import { accountKind, accountStream } from '../account/account.events.js';
import { historyOf, wholeHistory } from '../audit/history.js';
import type { Council } from '../council/council.js';
import type { EventLog } from '../core/event-log.js';
import { accessStream, accountAccessStream } from '../referral/access-record.js';
import { referralDecider } from '../referral/referral.decider.js';
import { accessKind, referralKind, referralStream } from '../referral/referral.events.js';
import { emptyView, evolveView, viewStatus } from '../referral/referral.view.js';
import { recordsOfAccount, type RecordsTools } from './records-of-account.js';

export interface HeldTools extends RecordsTools {
  log: EventLog;
  vault: Db;
  mails: MailLedger;
}

/** Everything held of one referral or saved form: as it stands, and every fact that led there. */
export async function heldOfReferral({ log, handling, mails }: HeldTools, id: string) {
  const whole = await wholeHistory(log, referralKind, referralStream(id));
  const view = whole.facts.reduce(evolveView, emptyView(id));
  const { draft } = (await handling.state(referralDecider, referralStream(id), true)).state;
  const reads = historyOf(await wholeHistory(log, accessKind, accessStream(id)));
  const announced = whole.facts.flatMap((fact) =>
    fact.type === 'AttachmentAnnounced' && !fact.erased ? [fact.data] : [],
  );
  return {
    id,
    reference: view.reference || null,
    status: view.versions.length > 0 ? viewStatus(view) : 'NOT_SUBMITTED',
    savedForm: draft,
    referrer: view.versions.length > 0 ? view.referrer : null,
    versions: view.versions,
    informationRequests: view.requests,
    responses: view.responses,
    receipts: view.receipts,
    onLegalHold: view.held,
    files: announced.map(({ attachmentId, fileName, mediaType }) => ({ attachmentId, fileName, mediaType })),
    mails: await mails.ofReferral(id),
    history: historyOf(whole),
    reads,
  };
}

export type HeldReferral = Awaited<ReturnType<typeof heldOfReferral>>;

/**
 * Everything held of one account: the account itself, its sessions, and each of its forms and referrals. Throws UNAVAILABLE
 * where not all of them can be listed just now.
 */
export async function heldOfAccount(tools: HeldTools, council: Council, accountId: string) {
  const { log, handling, vault } = tools;
  const { state } = await handling.state(accountDecider, accountStream(accountId), true);
  const referrals: HeldReferral[] = [];
  for (const id of await recordsOfAccount(tools, council.id, accountId)) {
    referrals.push(await heldOfReferral(tools, id));
  }
  const sessions = await vault
    .collection('sessions')
    .find({ accountId })
    .project({ _id: 0, startedAt: 1, lastSeenAt: 1, endsAt: 1 })
    .toArray();
  return {
    account: {
      id: accountId,
      email: state.email,
      ...state.details,
      termsAccepted: state.termsAccepted,
      status: state.status,
    },
    sessions,
    history: historyOf(await wholeHistory(log, accountKind, accountStream(accountId))),
    reads: historyOf(await wholeHistory(log, accessKind, accountAccessStream(accountId))),
    referrals,
  };
}
