import type { Mutant } from './mutant.js';

type Wanted = Pick<Mutant, 'file' | 'was' | 'becomes'>;

/** Mutants that once survived every test: each run includes them, whatever it draws. */
export const always: readonly Wanted[] = [
  {
    file: 'projections/follow.ts',
    was: "if (!isHeld()) throw new Error('The lease was lost.');",
    becomes: "if (false) throw new Error('The lease was lost.');",
  },
  { file: 'src/core/keys.ts', was: 'this.forget(owner);', becomes: '' },
  { file: 'src/referral/live.ts', was: "'ContactStarted',", becomes: "''," },
];
