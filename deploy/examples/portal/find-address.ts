import { addressText, ADDRESS_PARTS, type Extras } from './forms/control.js';
import { mistakesOf } from './mistakes.js';
import { operations } from './operations.js';
import type { Address } from './types.js';
import type { Mistake, Visit } from './visit.js';

/**
 * Does what a button of an address asks for, if it was one: `find:<control>` looks the postcode up, `choose:<control>`
 * puts the address chosen into the fields. Gives the mistakes it met, or undefined where the button was another.
 */
export async function findAddress(visit: Visit, extras: Extras): Promise<Mistake[] | undefined> {
  const [, asked, name] = /^(find|choose):(.+)$/.exec(visit.fields.text('do')) ?? [];
  if (!asked || !name) return undefined;
  const { fields } = visit;
  const postcode = fields.text(`${name}-postcode`);
  const house = fields.text(`${name}-house`) || null;
  let found: Address[];
  try {
    found = await visit.api.ask<Address[]>(operations.findAddress, { postcode, house });
  } catch (error) {
    return mistakesOf(error, () => `${name}-postcode`).map(({ text }) => ({ text, href: `#${name}-postcode` }));
  }
  if (asked === 'find') {
    extras.found.set(name, found);
    return [];
  }
  // By what it says, not by its place: the list may have changed meanwhile.
  const chosen = found.find((one) => addressText(one) === fields.text(`${name}-found`));
  for (const part of chosen ? ADDRESS_PARTS : []) fields.set(`${name}-${part}`, chosen![part] ?? '');
  return chosen ? [] : [{ text: 'Choose an address, or type it.', href: `#${name}-postcode` }];
}
