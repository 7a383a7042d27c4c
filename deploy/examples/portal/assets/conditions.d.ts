/** For programs that do not read types off JavaScript: see conditions.js. */
export function isBlank(value: unknown): boolean;
export function passes(test: object, value: unknown): boolean;
export function holds(condition: object | null, leaf: (leaf: object) => boolean): boolean;
