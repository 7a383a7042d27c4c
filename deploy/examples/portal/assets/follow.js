import { holds, passes } from './conditions.js';

/**
 * Shows and hides questions as their conditions say while answers are typed. Without it the page is shown again, with
 * the further questions, when it is sent.
 */
export function followConditions() {
  const items = [...document.querySelectorAll('[data-asked-when]')];
  const form = items[0]?.closest('form');
  if (!form) return;
  const follow = () => {
    // In the order of the page: what is hidden is disabled, and so counts as not answered for those after it.
    for (const item of items) {
      const sent = new FormData(form);
      const asked = holds(JSON.parse(item.dataset.askedWhen), (leaf) =>
        'constant' in leaf ? leaf.constant : passes(leaf, answer(sent, leaf)),
      );
      item.hidden = !asked;
      item.disabled = !asked;
    }
  };
  form.addEventListener('change', follow);
  follow();
}

/** What is typed for a question just now. */
function answer(sent, { name, kind }) {
  const text = sent.get(name);
  switch (kind) {
    case 'YES_NO':
      return text ? text === 'true' : undefined;
    case 'CHOICES':
      return sent.getAll(name);
    case 'NUMBER':
      return text ? Number(text) : undefined;
    case 'TEXT':
    case 'LONG_TEXT':
    case 'EMAIL':
    case 'TELEPHONE':
    case 'CHOICE':
      return text || undefined;
    default:
      // Of what has several parts a condition asks no more than whether it is answered.
      return [...sent]
        .filter(([key]) => key.startsWith(`${name}-`) && !key.endsWith('-rows'))
        .map(([, value]) => value)
        .join('');
  }
}
