import { expect } from '@jest/globals';
import { OtherRoot, rootName, type KeptRoot, type RootPlace } from '../../src/audit/roots/places.js';

const pem = (name: string) => `-----BEGIN PUBLIC KEY-----\n${name}\n-----END PUBLIC KEY-----\n`;

async function all(place: RootPlace): Promise<KeptRoot[]> {
  const roots: KeptRoot[] = [];
  for await (const root of place.roots()) roots.push(root);
  return roots;
}

/** What every place of signed roots does, whatever it is made of; `open` opens it as another process would. */
export async function keepsRoots(open: () => RootPlace): Promise<void> {
  const place = open();
  expect(await all(place)).toEqual([]);
  expect(await place.publicKeys()).toBe('');

  const roots = Array.from({ length: 5 }, (_, nth) => ({ name: rootName(nth + 1), text: `{"root":${nth + 1}}\n` }));
  for (const { name, text } of roots) await place.keep(name, text);
  await place.keep(roots[4]!.name, roots[4]!.text);
  await expect(place.keep(roots[2]!.name, 'another')).rejects.toBeInstanceOf(OtherRoot);
  expect(await all(place)).toEqual(roots);

  for (const key of ['one', 'other', 'one']) await place.addPublicKey(pem(key));
  expect(await place.publicKeys()).toBe(pem('one') + pem('other'));

  const again = open();
  await expect(again.keep(roots[4]!.name, 'another')).rejects.toThrow('after-restore');
  await again.keep(roots[0]!.name, roots[0]!.text);
  await again.addPublicKey(pem('other'));
  expect(await all(again)).toEqual(roots);
  expect(await again.publicKeys()).toBe(pem('one') + pem('other'));
}
