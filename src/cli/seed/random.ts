import { derivedId } from '../../core/ids.js';

/** Numbers that look random and are the same for the same name (mulberry32, public domain). */
export function randomOf(name: string): () => number {
  let state = Number.parseInt(derivedId('random', name).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
