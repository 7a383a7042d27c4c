/**
 * Conditions under which a question is asked, as the form states them (visibleWhen). The server asks it of the answers
 * it has, the browser of what is typed on the page: the same file serves both.
 */

/**
 * Whether a value counts as not answered: nothing, white space, an empty list, an object of nothing but such values.
 * @param {unknown} value
 * @returns {boolean}
 */
export function isBlank(value) {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.values(value).every(isBlank);
}

/**
 * Whether a value passes the test of one fact: {is}, {in}, {includes} or {answered}.
 * @param {any} test
 * @param {unknown} value
 * @returns {boolean}
 */
export function passes(test, value) {
  if ('answered' in test) return isBlank(value) !== test.answered;
  if ('is' in test) return value === test.is;
  if ('in' in test) return test.in.includes(value);
  return Array.isArray(value) && value.includes(test.includes);
}

/**
 * Whether a condition holds; `leaf` says it of one fact.
 * @param {any} condition
 * @param {(leaf: any) => boolean} leaf
 * @returns {boolean}
 */
export function holds(condition, leaf) {
  if (!condition) return true;
  if (condition.all) return condition.all.every((/** @type {any} */ part) => holds(part, leaf));
  if (condition.any) return condition.any.some((/** @type {any} */ part) => holds(part, leaf));
  if (condition.not) return !holds(condition.not, leaf);
  return leaf(condition);
}
