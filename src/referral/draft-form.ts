import type { Form } from '../council/form.js';
import type { FormRules } from './draft.decider.js';

/** What a saved form's commands need of its form. */
export type DraftForm = FormRules & Pick<Form, 'freshLogIn' | 'retiredOn'>;

/** Stands in where there is no saved form: the decider refuses before it asks anything of it. */
export const noForm: DraftForm = {
  freshLogIn: false,
  retiredOn: null,
  refuse: () => [],
  check: () => ({ complete: true, problems: [] }),
  visible: (answers) => answers,
};
