import { hash } from 'node:crypto';
import type { Api, Json } from '../../src/cli/demo/api.js';

/**
 * What is asked of a data folder when it is made and whenever it is opened. Fields may be added for newer folders; those
 * that older ones were written with stay. Nothing here depends on the day it is asked.
 */
const REFERRAL = `query($reference: String!) { referral(reference: $reference) {
  reference status formId
  referrer { forename surname email professional }
  subjects { subject { forename surname dateOfBirth } status response final }
  versions { version formVersion submittedBy answers attachments { fileName mediaType byteSize sha256 } }
  informationRequests { state version requestedBy reasonCode comments questions { questionId note } dueOn retractionReason }
  receipts { system version externalId }
} }`;
const FILES =
  'query($reference: String!) { referral(reference: $reference) { versions { attachments { sha256 downloadUrl } } } }';
const HISTORY = `query($reference: String!) { referralHistory(reference: $reference, reason: "An old data folder") {
  entries { type hash data } verification { intact } } }`;
const ACCOUNT = `query($email: String!) { accountHistory(email: $email, reason: "An old data folder") {
  entries { type data } verification { intact } } }`;
const INBOX =
  'query($reference: String!) { inbox(filter: { reference: $reference }) { edges { node { status names } } } }';

export interface History {
  entries: { type: string; hash: string; data: Json }[];
  verification: { intact: boolean };
}

export function readWhole(worker: Api, reference: string): Promise<Json> {
  return worker.ask(REFERRAL, { reference });
}

export function readHistory(auditor: Api, reference: string): Promise<History> {
  return auditor.ask<History & Json>(HISTORY, { reference });
}

/** The history of an account, by its id: an erased one has no other name. */
export function readAccountHistory(auditor: Api, accountId: string): Promise<History> {
  return auditor.ask<History & Json>(ACCOUNT, { email: accountId });
}

/** A referral's row in the workers' inbox; undefined where it has none. */
export async function inboxRow(worker: Api, reference: string): Promise<{ status: string; names: string } | undefined> {
  const { edges } = await worker.ask<{ edges: { node: { status: string; names: string } }[] } & Json>(INBOX, {
    reference,
  });
  return edges[0]?.node;
}

/** Downloads every file of a referral; returns the digest that is recorded of each, and that of the bytes received. */
export async function downloadFiles(worker: Api, reference: string): Promise<{ recorded: string; received: string }[]> {
  const { versions } = await worker.ask<
    { versions: { attachments: { sha256: string; downloadUrl: string }[] }[] } & Json
  >(FILES, { reference });
  const files = versions.flatMap(({ attachments }) => attachments);
  return Promise.all(
    files.map(async ({ sha256: recorded, downloadUrl }) => {
      const bytes = Buffer.from(await (await fetch(downloadUrl)).arrayBuffer());
      return { recorded, received: hash('sha256', bytes) };
    }),
  );
}
