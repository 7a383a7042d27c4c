import { derivedId } from '../../core/ids.js';

/** Invented: common names, put together by chance. */
const FORENAMES = [
  ...['Amelia', 'Oliver', 'Aisha', 'Noah', 'Zofia', 'Leo', 'Maya', 'Arthur', 'Hana', 'George', 'Ivy', 'Yusuf', 'Freya'],
  ...['Theo', 'Priya', 'Alfie', 'Niamh', 'Kofi', 'Elsie', 'Mateo', 'Poppy', 'Idris', 'Erin', 'Jakub', 'Wren', 'Samir'],
];
const SURNAMES = [
  ...[
    'Ashworth',
    'Begum',
    'Carter',
    'Dobson',
    'Eastham',
    'Farrow',
    'Grabowski',
    'Hussain',
    'Iqbal',
    'Jolly',
    'Kershaw',
  ],
  ...[
    'Lomax',
    'Mensah',
    'Nuttall',
    'Okafor',
    'Pilling',
    'Rahman',
    'Sharples',
    'Tattersall',
    'Unsworth',
    'Varley',
    'Yates',
  ],
];

export interface SeedSubject {
  id: string;
  forename: string;
  surname: string;
  dateOfBirth: string;
}

/** The people of one form: one mostly, up to `most`, of one surname. */
export function family(next: () => number, most: number, name: string): SeedSubject[] {
  const of = (names: readonly string[]) => names[Math.floor(next() * names.length)]!;
  const surname = of(SURNAMES);
  const count = Math.min(most, next() < 0.7 ? 1 : next() < 0.7 ? 2 : 3);
  return Array.from({ length: count }, (_, nth) => ({
    id: derivedId(name, nth),
    forename: of(FORENAMES),
    surname,
    dateOfBirth: new Date(
      Date.UTC(2008 + Math.floor(next() * 16), Math.floor(next() * 12), 1 + Math.floor(next() * 28)),
    )
      .toISOString()
      .slice(0, 10),
  }));
}

export function fullName(next: () => number): { forename: string; surname: string } {
  const of = (names: readonly string[]) => names[Math.floor(next() * names.length)]!;
  return { forename: of(FORENAMES), surname: of(SURNAMES) };
}
