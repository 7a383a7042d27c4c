import { makeZip } from './zip-maker.js';

/** What hostile files carry: harmless here, and recognised everywhere. */
export const EICAR = Buffer.from(
  ['X5O!P%@AP[4\\PZX54(P^)7CC)7}', '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join(''),
);
export const EXE = Buffer.concat([
  Buffer.from('MZ'),
  Buffer.alloc(76),
  Buffer.from('This program cannot be run in DOS mode'),
]);
export const ELF = Buffer.from('\x7fELF\x02\x01\x01', 'latin1');
export const ARCHIVE = makeZip([{ name: 'run.exe', content: EXE }]);
