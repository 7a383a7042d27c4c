import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/core/project-root.js';
import { Councils } from '../../src/council/councils.js';
import type { Answers, SubjectFacts } from '../../src/council/form.js';
import { median, type Figure } from './measure.js';

const fixtures = join(projectRoot, 'test/fixtures/answers');
const referrer = { forename: 'Amira', surname: 'Castellane', email: 'amira@example.org', professional: true };

/** Checking a form that is filled in completely: the slowest of every form there is. */
export async function checkForm(): Promise<Figure[]> {
  const councils = Councils.load(join(projectRoot, 'deploy/councils'));
  const times = readdirSync(fixtures).flatMap((council) =>
    readdirSync(join(fixtures, council)).map((file) => {
      const form = councils.byId(council)!.form(file.replace('.json', ''))!;
      const { subjects, answers } = JSON.parse(readFileSync(join(fixtures, council, file), 'utf8')) as {
        subjects: SubjectFacts[];
        answers: Answers;
      };
      const check = () => {
        const started = performance.now();
        form.check(answers, subjects, referrer);
        return performance.now() - started;
      };
      for (let nth = 0; nth < 200; nth += 1) check();
      return { name: `${council}/${form.id}`, time: median(Array.from({ length: 500 }, check)) };
    }),
  );
  const slowest = times.reduce((one, other) => (one.time > other.time ? one : other));
  const note = `checking a complete form, the slowest of ${times.length} (${slowest.name}), p50`;
  return [{ name: 'check_form', value: slowest.time, unit: 'ms', bar: { most: 1 }, note }];
}
