import type { Page } from 'playwright-core';
import type { Answers, Form, Question, SubjectFacts } from '../../../src/council/form.js';

/** Answers one page of a form as its reader would: from top to bottom, whatever the answers before have brought up. */
export async function answerPage(
  page: Page,
  form: Form,
  sectionId: string,
  answers: Answers,
  subjects: SubjectFacts[],
) {
  const section = form.definition.sections.find(({ id }) => id === sectionId)!;
  for (const question of section.questions) {
    const value = answers[sectionId]?.[question.id];
    if (value === undefined) continue;
    for (const [name, answer] of await places(page, question, value, subjects)) {
      if (await page.locator(`#item-${name}`).isVisible()) await set(page, question, name, answer);
    }
  }
}

/** The controls of a question, each with its answer. */
async function places(page: Page, { id, perSubject }: Question, value: unknown, subjects: SubjectFacts[]) {
  if (!perSubject) return [[`q-${id}`, value]] as const;
  const each = value as Record<string, unknown>;
  if ((await page.locator(`#item-q-${id}-all`).count()) > 0) return [[`q-${id}-all`, Object.values(each)[0]]] as const;
  return subjects.map((subject) => [`q-${id}-${subject.id}`, each[subject.id]] as const);
}

async function set(page: Page, question: Question, name: string, value: unknown): Promise<void> {
  const field = (suffix = '') => page.locator(`[name="${name}${suffix}"]`);
  if (value === undefined || value === null) return;
  switch (question.kind) {
    case 'DATE':
      return setDate(page, name, value as string);
    case 'CHOICES':
      for (const code of value as string[])
        await field()
          .and(page.locator(`[value="${code}"]`))
          .check();
      return;
    case 'YES_NO':
    case 'CHOICE': {
      const radio = field().and(page.locator(`input[value="${text(value)}"]`));
      if ((await radio.count()) > 0) await radio.check();
      else await field().selectOption(value as string);
      return;
    }
    case 'ADDRESS':
    case 'PERSON':
      for (const [part, text] of Object.entries(value as Record<string, string>)) {
        if (part === 'dateOfBirth') await setDate(page, `${name}-${part}`, text);
        else if (part !== 'uprn') await field(`-${part}`).fill(text);
      }
      return;
    case 'TABLE':
      for (const [row, cells] of (value as Record<string, unknown>[]).entries()) {
        if ((await page.locator(`[name^="${name}-${row}-"]`).count()) === 0) {
          await page.locator(`button[value="add:${name}"]`).click();
          await page.waitForSelector(`[name^="${name}-${row}-"]`);
        }
        for (const column of question.columns ?? []) {
          await set(page, column, `${name}-${row}-${column.id}`, cells[column.id]);
        }
      }
      return;
    default:
      await field().fill(text(value));
  }
}

async function setDate(page: Page, name: string, iso: string): Promise<void> {
  const [year = '', month = '', day = ''] = iso.split('-');
  await page.locator(`[name="${name}-day"]`).fill(day);
  await page.locator(`[name="${name}-month"]`).fill(month);
  await page.locator(`[name="${name}-year"]`).fill(year);
}

/** An answer of one piece as a page takes it. */
const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
