import type { Api, Json } from './api.js';
import { documents as ask } from './documents.js';
import { table, when } from './print.js';

export interface Row {
  reference: string;
  version: number;
  form: string;
  name: string;
  date: string;
  response: string;
  responseDate: string | null;
  sentBy: string | null;
}
export interface Request {
  id: string;
  form: string;
  name: string;
  dateRequested: string;
  detail: string;
  comments: string;
  reference: string;
  previousForm: { version: number };
}
interface SubmittedForms {
  requestingMoreInformation: Request[];
  recentlySubmitted: { totalCount: number; edges: { node: Row }[] };
}

/** "My Submitted Forms" as the API gives it. */
export function submittedForms(api: Api): Promise<SubmittedForms> {
  return api.ask<SubmittedForms & Json>(ask.submittedForms);
}

/** Prints "Saved Forms" as its reader sees it; gives how many there are. */
export async function printSavedForms(api: Api): Promise<number> {
  const list = await api.ask<{ edges: { node: Json }[] }>(ask.savedForms);
  table(
    'Saved Forms',
    ['No.', 'Start Date', 'Name', 'Description', 'Days Left'],
    list.edges.map(({ node }, place) => [
      place + 1,
      when(String(node.startedAt)),
      String(node.name),
      String(node.description),
      `${String(node.daysLeft)} days`,
    ]),
  );
  return list.edges.length;
}

/** Prints "My Submitted Forms" likewise; `days`: how long a form stands in it. */
export async function printSubmittedForms(api: Api, days: number): Promise<{ rows: Row[]; requests: Request[] }> {
  const list = await submittedForms(api);
  const rows = list.recentlySubmitted.edges.map(({ node }) => node);
  const requests = list.requestingMoreInformation;
  table(
    'Forms requesting more information',
    ['Form', 'Name', 'Date Requested', 'Detail', 'Comments', 'Previous Form', 'Unique Reference'],
    requests.map((request) => [
      request.form,
      request.name,
      when(request.dateRequested),
      request.detail,
      request.comments,
      `version ${request.previousForm.version}`,
      request.reference,
    ]),
  );
  table(
    `Recently Submitted Forms (Last ${days} Days)`,
    ['Details', 'Name', 'Date', 'Response', 'Response Date', 'Sent By', 'Unique Reference', 'Version'],
    rows.map((row) => [
      row.form,
      row.name,
      when(row.date),
      row.response,
      row.responseDate && when(row.responseDate),
      row.sentBy,
      row.reference,
      row.version,
    ]),
  );
  return { rows, requests };
}
