import { isRecord, own } from '../../council/answer-value.js';
import type { Council } from '../../council/council.js';
import type { Answers, FormDefinition, FormSection, Question, SubjectFacts } from '../../council/form.js';
import { instant } from '../../core/dates.js';
import { answerText, dateText, sizeText } from './answer-text.js';
import { Pages } from './pages.js';

/** One version of a form, as it was sent. `submittedAt` is ISO text. */
export interface SentForm {
  council: Pick<Council, 'name' | 'serviceName' | 'timeZone'>;
  form: FormDefinition;
  reference: string;
  version: number;
  submittedAt: string;
  submittedBy: string;
  subjects: readonly SubjectFacts[];
  /** Only what was asked for: what is not answered here does not appear. */
  answers: Answers;
  attachments: readonly { fileName: string; byteSize: number }[];
}

/** Tables of more columns, or with longer answers, are written row by row. */
const MOST_COLUMNS = 7;
const LONGEST_CELL = 300;

/** What an answer is written as, under its question's label. */
type Item = { label: string; text: string } | { label: string; question: Question; rows: Record<string, unknown>[] };

/** The PDF of a form as it was sent: tagged, with real text. The same form always gives the same bytes. */
export async function renderPdf(sent: SentForm): Promise<Buffer> {
  const { council, form, reference, version, subjects, attachments } = sent;
  const submittedAt = instant(sent.submittedAt, council.timeZone);
  const pages = new Pages({
    title: `${form.title}, ${reference}`,
    author: council.name,
    subject: `${form.title}, version ${version}, submitted on ${submittedAt}`,
    createdAt: new Date(sent.submittedAt),
  });
  pages.title(council.name, form.title, council.serviceName);
  pages.pairs([
    ['Reference', reference],
    ['Version', String(version)],
    ['Submitted', submittedAt],
    ['Submitted by', sent.submittedBy],
    ['About', subjects.map(subjectText).join('\n')],
  ]);
  let number = 0;
  for (const section of form.sections) {
    const blocks = sectionBlocks(section, sent);
    if (blocks.length === 0) continue;
    number += 1;
    pages.section(`${number}. ${section.title}`);
    blocks.forEach(({ subject, items }, index) => {
      // What comes after one person's answers must not seem to be theirs.
      if (subject ?? blocks[index - 1]?.subject) pages.subsection(subject ?? 'The form as a whole');
      writeItems(pages, items);
    });
  }
  pages.section('Attachments');
  if (attachments.length === 0) pages.note('No files were attached.');
  else
    pages.pairs(
      attachments.map(({ fileName, byteSize }, index) => [`File ${index + 1}`, `${fileName} (${sizeText(byteSize)})`]),
    );
  return pages.finish(`${form.title} – ${reference}, version ${version}`, council.name);
}

function subjectText({ forename, surname, dateOfBirth }: SubjectFacts): string {
  return `${forename} ${surname}${dateOfBirth ? `, born ${dateText(dateOfBirth)}` : ''}`;
}

/** Runs of questions about the whole form, and of questions about each person: those under the person's name. */
function sectionBlocks(section: FormSection, { answers, subjects }: SentForm): { subject?: string; items: Item[] }[] {
  const runs: Question[][] = [];
  for (const question of section.questions) {
    const last = runs.at(-1);
    if (last?.[0]?.perSubject === question.perSubject) last.push(question);
    else runs.push([question]);
  }
  const answerTo = ({ id }: Question) => own(own(answers, section.id), id);
  return runs
    .flatMap((questions) =>
      questions[0]?.perSubject
        ? subjects.map((subject) => ({
            subject: `${subject.forename} ${subject.surname}`,
            items: questions.flatMap((question) => item(question, own(answerTo(question), subject.id))),
          }))
        : [{ items: questions.flatMap((question) => item(question, answerTo(question))) }],
    )
    .filter(({ items }) => items.length > 0);
}

function item(question: Question, value: unknown): Item[] {
  const { kind, label } = question;
  if (value === undefined || value === null || kind === 'INFORMATION') return [];
  if (kind === 'TABLE') return [{ label, question, rows: Array.isArray(value) ? value.filter(isRecord) : [] }];
  return [{ label, text: answerText(question, value) }];
}

function writeItems(pages: Pages, items: readonly Item[]): void {
  let pairs: [string, string][] = [];
  const writePairs = () => {
    if (pairs.length > 0) pages.pairs(pairs);
    pairs = [];
  };
  for (const one of items) {
    if ('text' in one) {
      pairs.push([one.label, one.text]);
    } else {
      writePairs();
      writeTable(pages, one.label, one.question.columns ?? [], one.rows);
    }
  }
  writePairs();
}

function writeTable(
  pages: Pages,
  label: string,
  columns: readonly Question[],
  rows: readonly Record<string, unknown>[],
): void {
  const cellText = (row: Record<string, unknown>, column: Question) => {
    const value = own(row, column.id);
    return value === undefined || value === null ? '' : answerText(column, value);
  };
  const cells = rows.map((row) => columns.map((column) => cellText(row, column)));
  if (columns.length <= MOST_COLUMNS && cells.flat().every((text) => text.length <= LONGEST_CELL)) {
    pages.table(
      label,
      columns.map((column) => column.label),
      cells,
    );
    return;
  }
  rows.forEach((row, index) => {
    pages.subsection(`${label} – ${index + 1}`);
    pages.pairs(
      columns
        .map((column): [string, string] => [column.label, cellText(row, column)])
        .filter(([, text]) => text !== ''),
    );
  });
}
