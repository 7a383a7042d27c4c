import type { Mutant } from './mutant.js';

/**
 * Returns whether a mutant is switched on (MUTANT), and records that it was reached (MUTATION_HITS), in jest's own process
 * and in those that tests start. It stands on the first line, so that line numbers stay.
 */
const SWITCH = [
  "import { appendFileSync as _noteMutant } from 'node:fs'",
  'const _mutant = process.env.MUTANT, _mutantHits = process.env.MUTATION_HITS, _mutantsMet = new Set()',
  'function _isMutant(id) { if (_mutantHits && !_mutantsMet.has(id)) { _mutantsMet.add(id); _noteMutant(_mutantHits, `${id}\\n`); } return _mutant === id; } ',
].join('; ');

/** Puts all mutants into the text, each inactive unless MUTANT names it, so that one build serves every run. */
export function instrument(text: string, mutants: ReadonlyMap<string, Mutant>): string {
  const insertions = [...mutants].flatMap(([id, { start, end, replacement, isStatement }]) => {
    const [before, after] = isStatement
      ? [`{ if (!_isMutant('${id}')) { `, ' } }']
      : [`(_isMutant('${id}') ? (${replacement}) : (`, '))'];
    const size = end - start;
    return [
      // What surrounds another opens before it and closes behind it.
      { at: start, isEnd: false, order: -size, text: before, id },
      { at: end, isEnd: true, order: size, text: after, id },
    ];
  });
  insertions.sort(
    (a, b) =>
      a.at - b.at ||
      Number(b.isEnd) - Number(a.isEnd) ||
      a.order - b.order ||
      // Of the same range: the last to open is the first to close.
      (a.isEnd ? Number(b.id) - Number(a.id) : Number(a.id) - Number(b.id)),
  );
  let [result, done] = [SWITCH, 0];
  for (const { at, text: inserted } of insertions) {
    result += text.slice(done, at) + inserted;
    done = at;
  }
  return result + text.slice(done);
}
