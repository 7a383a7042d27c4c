import type { History } from './history.js';
import { Pages } from '../referral/pdf/pages.js';
import { instant } from '../core/dates.js';

export interface HistoryAbout {
  title: string;
  council: string;
  timeZone: string;
  /** When it was asked for, by whom and why. */
  askedAt: Date;
  askedBy: string;
  reason: string;
}

/** A history on paper: every fact with its actor, time and data, and what the verification found. */
export async function historyPdf(history: History, about: HistoryAbout): Promise<Buffer> {
  const { title, council, timeZone, askedAt } = about;
  const pages = new Pages({ title, author: council, subject: title, createdAt: askedAt });
  const { intact, entries, head, firstBrokenRevision } = history.verification;
  pages.title(council, title, `For ${about.askedBy}, ${instant(askedAt.toISOString(), timeZone)}`);
  pages.pairs([
    ['Reason', about.reason],
    ['Facts shown', `${history.entries.length} of ${entries}`],
    ['Hash chain', intact ? 'intact' : `BROKEN at revision ${firstBrokenRevision}`],
    ['Newest hash', head],
  ]);
  for (const { revision, at, type, actor, data } of history.entries) {
    pages.section(`${revision}. ${type}`);
    pages.pairs([
      ['When', `${instant(at, timeZone)} (${at})`],
      ['Who', [actor.name, `${actor.kind} ${actor.id}`].filter(Boolean).join(', ')],
      ...Object.entries(data).map(([name, value]): [string, string] => [name, textOf(value)]),
    ]);
  }
  return pages.finish(title, council);
}

function textOf(value: unknown): string {
  if (value === null) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
