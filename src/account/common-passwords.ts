import { dictionary } from '@zxcvbn-ts/language-common';

/** The 49,233 passwords met most often in published breaches (zxcvbn-ts, MIT), in lower case. */
const common = new Set(dictionary['passwords-common'].map((password) => String(password).toLowerCase()));
/** Shorter words are found by chance in good passwords. */
const SHORTEST_WORD = 3;
const LEAST_OF_ITS_OWN = 4;
/** Words that say where the password is for (ASVS 5.0 6.2.11), beside the council's own names. */
const PLACES = ['password', 'passphrase', 'welcome', 'login', 'portal', 'council', 'account', 'referral', 'admin'];

/** Rows of keyboards and the usual orders; long enough to find a run that goes round. */
const orders = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiopasdfghjklzxcvbnm', 'qazwsxedcrfvtgbyhnujmikolp']
  .flatMap((order) => [order, [...order].reverse().join('')])
  .map((order) => order.repeat(12));
const leet: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's' };

/**
 * Whether a password is among those that are tried first: one of the common list, however it is written and whatever
 * stands before and behind it, a run of the keyboard, or something short over and over.
 */
export function isCommon(password: string): boolean {
  const plain = password.toLowerCase();
  const core = plain.replace(/^[^a-z]+|[^a-z]+$/g, '');
  const unit = shortestUnit(plain);
  const readings = [plain, core, [...core].map((letter) => leet[letter] ?? letter).join(''), unit, shortestUnit(core)];
  const bare = plain.replace(/[^a-z0-9]/g, '');
  return (
    readings.some((reading) => reading.length >= SHORTEST_WORD && common.has(reading)) ||
    unit.length <= LEAST_OF_ITS_OWN ||
    orders.some((order) => order.includes(bare))
  );
}

/** Whether little is left of a password without the words that belong to its owner, or to the place it is for. */
export function isMadeOf(password: string, words: readonly string[]): boolean {
  const known = [...words.flatMap(parts), ...PLACES].sort((a, b) => b.length - a.length);
  const plain = password.toLowerCase();
  const left = known.reduce((rest, word) => rest.replaceAll(word, ' '), plain);
  return left !== plain && left.replace(/[^a-z]/g, '').length < LEAST_OF_ITS_OWN;
}

/** "lynn.robinson@example.org" → lynn, robinson, example, org. */
function parts(words: string): string[] {
  return words
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word.length >= SHORTEST_WORD);
}

/** What the text repeats: of "abcabcab" it is "abc"; the text itself where it repeats nothing. */
function shortestUnit(text: string): string {
  for (let length = 1; length <= text.length / 2; length += 1) {
    const unit = text.slice(0, length);
    if (text === unit.repeat(Math.ceil(text.length / length)).slice(0, text.length)) return unit;
  }
  return text;
}
