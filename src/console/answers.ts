/** What the console reads of a form in order to say answers in words. */
export interface FormText {
  sections: {
    id: string;
    number: number;
    title: string;
    questions: { id: string; label: string; kind: string; choices: { code: string; label: string }[] | null }[];
  }[];
}

export interface AnswerChange {
  label: string;
  before: unknown;
  after: unknown;
}

interface Named {
  id: string;
  forename: string;
  surname: string;
}

/** The answers of one version in words, by section; what was not answered is left out. */
export function answerRows(form: FormText, answers: Record<string, Record<string, unknown>>, subjects: Named[]) {
  const names = new Map(subjects.map(({ id, forename, surname }) => [id, `${forename} ${surname}`]));
  return form.sections
    .map(({ id, number, title, questions }) => ({
      title: `${number}. ${title}`,
      rows: questions.flatMap(({ id: question, label, choices }) => {
        const value = answers[id]?.[question];
        if (value === undefined) return [];
        const said = new Map((choices ?? []).map((choice) => [choice.code, choice.label]));
        return [{ label, text: inWords(value, (word) => said.get(word) ?? names.get(word) ?? word) }];
      }),
    }))
    .filter(({ rows }) => rows.length > 0);
}

/** What changed from one version to the next; the API wraps an answer that is no object as {value}. */
export function changeRows(changes: AnswerChange[]) {
  const text = (value: unknown) => (value === null ? '' : inWords(value, (word) => word));
  return changes.map(({ label, before, after }) => ({ label, before: text(before), after: text(after) }));
}

/** A line a member; a subject's id and a choice's code by what they are called. */
function inWords(value: unknown, called: (word: string) => string): string {
  if (value === true) return 'Yes';
  if (value === false) return 'No';
  if (Array.isArray(value)) return value.map((one) => inWords(one, called)).join('\n');
  if (typeof value !== 'object' || value === null) return called(String(value));
  const entries = Object.entries(value);
  if (entries.length === 1 && entries[0]![0] === 'value') return inWords(entries[0]![1], called);
  return entries.map(([key, part]) => `${called(key)}: ${inWords(part, called)}`).join('\n');
}
