import type { SignedRoot } from './signed-root.js';

/** Where signed roots are kept: out of reach of whoever can write to the event store. */
export interface RootPlace {
  /** Keeps a root under its name, durably once it resolves. The same again changes nothing; another is an OtherRoot. */
  keep(name: string, text: string): Promise<void>;
  /** All roots, oldest first, each read when it is asked for. */
  roots(): AsyncIterable<KeptRoot>;
  /** The public keys that were kept beside them, in PEM; empty where there is none. */
  publicKeys(): Promise<string>;
  /** Adds a public key, unless it is there. */
  addPublicKey(pem: string): Promise<void>;
}

export interface KeptRoot {
  name: string;
  text: string;
}

/** Thrown where another root is kept under a name. */
export class OtherRoot extends Error {
  constructor(name: string) {
    super(
      `${name} is there already: if the store was put back to an older state, run \`npm run ops -- after-restore\`.`,
    );
    this.name = 'OtherRoot';
  }
}

export const PUBLIC_KEY = 'public-key.pem';

export function rootName(number: number): string {
  return `root-${String(number).padStart(8, '0')}.json`;
}

export function isRootName(name: string): boolean {
  return /^root-\d{8}\.json$/.test(name);
}

/** The root that a text is; undefined where it is none any more. */
export function readRoot(text: string): SignedRoot | undefined {
  try {
    const root = JSON.parse(text) as SignedRoot;
    const lists = [root.leaves, root.erased, ...root.leaves];
    const texts = [root.at, root.position, root.signature];
    return lists.every(Array.isArray) && texts.every((one) => typeof one === 'string') ? root : undefined;
  } catch {
    return undefined;
  }
}
