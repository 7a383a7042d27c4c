import { randomUUID } from 'node:crypto';
import { Api } from '../../src/cli/demo/api.js';
import type { Answers, Form, Question, SubjectFacts } from '../../src/council/form.js';
import { HtmlBrowser, type HtmlForm, type HtmlPage } from '../support/html-browser.js';
import { PASSWORD } from '../support/people.js';

/** Times a page may come back with further questions before something is wrong with it. */
const MOST_ROUNDS = 8;

export interface Fixture {
  subjects: SubjectFacts[];
  answers: Answers;
}

export interface Sent {
  /** The people, and the answers about them, with the ids that the portal gave them. */
  named: SubjectFacts[];
  answers: Answers;
  /** The ids of the sections whose pages were shown, in their order. */
  pages: string[];
  check: HtmlPage;
  confirmation: HtmlPage;
}

/** A referrer who uses the portal's own pages, without scripts. */
export class PortalReferrer {
  readonly email = `portal-${randomUUID().slice(0, 13)}@example.org`;
  readonly browser: HtmlBrowser;
  readonly seen = new Set<string>();

  constructor(
    base: string,
    private readonly api: Api,
  ) {
    this.browser = new HtmlBrowser(base);
  }

  /** Through all steps of registration, the code and, where there are any, the terms. */
  async register(): Promise<HtmlPage> {
    const names = (await this.browser.get('/register'))
      .form('forename')
      .set('forename', 'Lynn')
      .set('surname', 'Robinson');
    if (names.has('professional')) names.set('professional', 'true');
    const details = (await names.send()).form('email');
    details.set('email', this.email).set('password', PASSWORD).set('again', PASSWORD);
    const page = await this.code(await details.send());
    return page.has('accepted') ? page.form('accepted').set('accepted', 'true').send() : page;
  }

  /** Types the code that came by mail. */
  async code(page: HtmlPage): Promise<HtmlPage> {
    return page
      .form('code')
      .set('code', await this.api.code(this.email, this.seen))
      .send();
  }

  /** Fills in a whole form from the answers of a fixture, page by page, and submits it. */
  async submit(form: Form, { subjects, answers }: Fixture): Promise<Sent> {
    const path = await this.start(form.id);
    const named = await this.name(path, subjects);
    const own = subjects.reduce((text, { id }, nth) => text.replaceAll(id, named[nth]!.id), JSON.stringify(answers));
    const expected = JSON.parse(own) as Answers;
    const pages: string[] = [];
    let page = await this.browser.get(`${path}/sections/${form.definition.sections[0]!.id}`);
    while (page.url.pathname.includes('/sections/')) {
      pages.push(page.url.pathname.split('/').at(-1)!);
      page = await this.fill(page.url.pathname, form, expected, named);
    }
    const check = await this.browser.get(`${path}/check`);
    const confirmation = await check.form('revision').send();
    return { named, answers: expected, pages, check, confirmation };
  }

  /** Begins a form; gives the path of its overview. */
  async start(formId: string): Promise<string> {
    const overview = await (await this.browser.get(`/forms/${formId}`)).form('commandId').send();
    return overview.url.pathname;
  }

  /** Names the people of the form; gives them with the ids that the portal gave them. */
  async name<S extends SubjectFacts>(form: string, subjects: readonly S[]): Promise<S[]> {
    let page = await this.browser.get(`${form}/people`);
    for (let more = 1; more < subjects.length; more += 1) page = await page.form('forename-0').send('do=add');
    const people = page.form('forename-0');
    subjects.forEach(({ forename, surname, dateOfBirth }, place) => {
      people.set(`forename-${place}`, forename).set(`surname-${place}`, surname);
      if (dateOfBirth) setDate(people, `born-${place}`, dateOfBirth);
    });
    const ids = people.values('person');
    await people.send('do=confirm');
    return subjects.map((subject, place) => ({ ...subject, id: ids[place]! }));
  }

  /** Answers one page until it lets go; gives the page after it. */
  async fill(
    path: string,
    { definition }: Form,
    answers: Answers,
    subjects: readonly SubjectFacts[],
  ): Promise<HtmlPage> {
    let page = await this.browser.get(path);
    const section = definition.sections.find(({ id }) => path.endsWith(`/${id}`))!;
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      for (const question of section.questions) {
        if (differs(question, answers[section.id]?.[question.id], subjects) && page.has(`do=split:${question.id}`)) {
          page = await page.form('revision').send(`do=split:${question.id}`);
        }
      }
      page = await withRows(page, section.questions, answers[section.id] ?? {});
      const form = page.form('revision');
      const asked = form.values('asked');
      for (const question of section.questions)
        answer(form, asked, question, answers[section.id]?.[question.id], subjects);
      page = await form.send('do=continue');
      if (page.url.pathname !== path) return page;
    }
    throw new Error(`${path} does not let go: ${page.mistakes.join(' ')}`);
  }
}

function differs(question: Question, value: unknown, subjects: readonly SubjectFacts[]): boolean {
  const given = subjects.map(({ id }) => JSON.stringify((value as Record<string, unknown> | undefined)?.[id]));
  return question.perSubject && subjects.length > 1 && new Set(given).size > 1;
}

/** Asks for rows until each table on the page has as many as it is to have. */
async function withRows(page: HtmlPage, questions: Question[], answers: Record<string, unknown>): Promise<HtmlPage> {
  let shown = page;
  for (const { id, kind } of questions) {
    const rows = (kind === 'TABLE' && (answers[id] as object[] | undefined)) || [];
    for (let row = 1; row < rows.length; row += 1) {
      const form = shown.form('revision');
      if (!form.values('asked').includes(`q-${id}`) || Number(form.values(`q-${id}-rows`)[0]) > row) continue;
      // An empty row would be gone again: the ones before it are filled in first.
      rows.slice(0, row).forEach((cells, place) =>
        setRow(
          form,
          questions.find((one) => one.id === id)!,
          `q-${id}-${place}`,
          cells,
        ),
      );
      shown = await form.send(`do=add:q-${id}`);
    }
  }
  return shown;
}

function answer(
  form: HtmlForm,
  asked: string[],
  question: Question,
  value: unknown,
  subjects: readonly SubjectFacts[],
) {
  if (value === undefined || value === null) return;
  const name = `q-${question.id}`;
  if (!question.perSubject) {
    if (asked.includes(name)) setAnswer(form, question, name, value);
    return;
  }
  const each = value as Record<string, unknown>;
  if (asked.includes(`${name}-all`)) setAnswer(form, question, `${name}-all`, Object.values(each)[0]);
  for (const { id } of subjects) {
    if (asked.includes(`${name}-${id}`) && each[id] !== undefined) setAnswer(form, question, `${name}-${id}`, each[id]);
  }
}

function setRow(form: HtmlForm, table: Question, name: string, cells: object): void {
  for (const column of table.columns ?? []) {
    const cell = (cells as Record<string, unknown>)[column.id];
    if (cell !== undefined) setAnswer(form, column, `${name}-${column.id}`, cell);
  }
}

function setAnswer(form: HtmlForm, question: Question, name: string, value: unknown): void {
  switch (question.kind) {
    case 'DATE':
      return setDate(form, name, String(value));
    case 'CHOICES':
      return void form.set(name, ...(value as string[]));
    case 'ADDRESS':
    case 'PERSON':
      for (const [part, text] of Object.entries(value as Record<string, string>)) {
        if (part === 'dateOfBirth') setDate(form, `${name}-${part}`, text);
        else if (part !== 'uprn') form.set(`${name}-${part}`, text);
      }
      return;
    case 'TABLE':
      (value as object[]).forEach((cells, row) => setRow(form, question, `${name}-${row}`, cells));
      return;
    default:
      form.set(name, String(value));
  }
}

function setDate(form: HtmlForm, name: string, iso: string): void {
  const [year = '', month = '', day = ''] = iso.split('-');
  form
    .set(`${name}-day`, String(Number(day)))
    .set(`${name}-month`, month)
    .set(`${name}-year`, year);
}
