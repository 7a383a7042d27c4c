import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { DomainError } from '../core/problem.js';
import type { PostalAddress } from '../core/person.js';

/** The contract's Address; `county` where the source knows it, `uprn` up to 12 digits. */
export type Address = PostalAddress;

/** Finds the addresses of a postcode. Throws BAD_INPUT where it is none, UNAVAILABLE where nobody answers. */
export interface AddressFinder {
  /** All addresses of the postcode, or those of the house named; none where the postcode is not known. */
  find(postcode: string, houseNameOrNumber?: string | null): Promise<Address[]>;
}

/** Outward and inward part, without the space (GOV.UK's pattern for bulk data, in short). */
const POSTCODE = /^(GIR|[A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$/;

/** The postcode in its one spelling, "PR1 8XJ", however it was spaced and cased. */
export function normalisedPostcode(typed: string): string {
  const [, outward, inward] = POSTCODE.exec(typed.replace(/\s/g, '').toUpperCase()) ?? [];
  if (outward === undefined || inward === undefined) {
    throw new DomainError('BAD_INPUT', 'Enter a full UK postcode, such as PR1 8XJ.', 'postcode');
  }
  return `${outward} ${inward}`;
}

/** Streets of the sample file: a number stands in the street, a name in front of it. */
interface SampleStreet {
  postcode: string;
  street: string;
  town: string;
  county: string;
  houses: (number | string)[];
}

/** Invented addresses for development and demonstrations, from a file such as deploy/sample-addresses.yaml. */
export class SampleGazetteer implements AddressFinder {
  private readonly byPostcode = new Map<string, Address[]>();

  constructor(file: string) {
    let uprn = 990_000_000_000;
    for (const { postcode, houses, street, ...place } of parse(readFileSync(file, 'utf8')) as SampleStreet[]) {
      const key = normalisedPostcode(postcode);
      const addresses = houses.map((house) => {
        const lines = typeof house === 'number' ? [`${house} ${street}`, null] : [house, street];
        uprn += 1;
        return { line1: lines[0]!, line2: lines[1] ?? null, ...place, postcode: key, uprn: String(uprn) };
      });
      this.byPostcode.set(key, [...(this.byPostcode.get(key) ?? []), ...addresses]);
    }
  }

  async find(postcode: string, houseNameOrNumber?: string | null): Promise<Address[]> {
    return ofHouse(this.byPostcode.get(normalisedPostcode(postcode)) ?? [], houseNameOrNumber);
  }
}

/** The parts of a Delivery Point Address that an address is put together from (OS Places technical specification). */
interface DeliveryPoint {
  UPRN?: string;
  ORGANISATION_NAME?: string;
  DEPARTMENT_NAME?: string;
  SUB_BUILDING_NAME?: string;
  BUILDING_NAME?: string;
  BUILDING_NUMBER?: string;
  PO_BOX_NUMBER?: string;
  DEPENDENT_THOROUGHFARE_NAME?: string;
  THOROUGHFARE_NAME?: string;
  DOUBLE_DEPENDENT_LOCALITY?: string;
  DEPENDENT_LOCALITY?: string;
  POST_TOWN?: string;
  POSTCODE?: string;
}

export interface OsPlacesSettings {
  /** The OS Data Hub project's API key. */
  key: string;
  /** https://api.os.uk unless another is given. */
  baseUrl?: string;
  /** Milliseconds. */
  timeout?: number;
}

/** Ordnance Survey's OS Places API: every postal address of Great Britain, in one request for a postcode. */
export class OsPlaces implements AddressFinder {
  constructor(private readonly settings: OsPlacesSettings) {}

  async find(postcode: string, houseNameOrNumber?: string | null): Promise<Address[]> {
    const points = await this.ask(normalisedPostcode(postcode));
    return ofHouse(points.map(toAddress), houseNameOrNumber);
  }

  private async ask(postcode: string): Promise<DeliveryPoint[]> {
    const { key, baseUrl = 'https://api.os.uk', timeout = 4_000 } = this.settings;
    const url = new URL('/search/places/v1/postcode', baseUrl);
    // 100 is the most that one reply holds, and a postcode has fewer delivery points.
    url.search = String(new URLSearchParams({ postcode, dataset: 'DPA', lr: 'EN', maxresults: '100' }));
    try {
      // The key travels in a header: addresses of requests end up in logs.
      const reply = await fetch(url, { headers: { key }, signal: AbortSignal.timeout(timeout) });
      if (!reply.ok) throw new Error(`OS Places answered ${reply.status}`);
      const { results = [] } = (await reply.json()) as { results?: { DPA?: DeliveryPoint }[] };
      return results.flatMap(({ DPA }) => (DPA ? [DPA] : []));
    } catch {
      const message = 'Addresses cannot be looked up just now. Please type the address instead.';
      throw new DomainError('UNAVAILABLE', message, 'postcode');
    }
  }
}

function toAddress(point: DeliveryPoint): Address {
  const building = titleCased(point.BUILDING_NAME);
  // A "name" such as 12A or 2-4 is a number, and stands in the street's line.
  const numbered = building !== undefined && /^\d+[A-Z]?(-\d+[A-Z]?)?$/i.test(building);
  const number = point.BUILDING_NUMBER ?? (numbered ? building : undefined);
  const streets = [titleCased(point.DEPENDENT_THOROUGHFARE_NAME), titleCased(point.THOROUGHFARE_NAME)].filter(isThere);
  const places = [titleCased(point.DOUBLE_DEPENDENT_LOCALITY), titleCased(point.DEPENDENT_LOCALITY)].filter(isThere);
  const [first, ...further] = [...streets, ...places];
  const street = [number, first].filter(isThere).join(' ');
  const lines = [
    titleCased(point.ORGANISATION_NAME),
    titleCased(point.DEPARTMENT_NAME),
    point.PO_BOX_NUMBER === undefined ? undefined : `PO Box ${point.PO_BOX_NUMBER}`,
    titleCased(point.SUB_BUILDING_NAME),
    numbered ? undefined : building,
    street,
    ...further,
  ].filter(isThere);
  const [line1 = '', ...others] = lines;
  return {
    line1,
    line2: others.join(', ') || null,
    town: titleCased(point.POST_TOWN) ?? null,
    county: null,
    postcode: point.POSTCODE ?? '',
    uprn: point.UPRN ?? null,
  };
}

const SMALL_WORDS = new Set(['and', 'by', 'in', 'le', 'of', 'on', 'the', 'under', 'upon']);

/** "ASHTON-ON-RIBBLE" as people write it: "Ashton-on-Ribble". What holds a digit stays as it is. */
function titleCased(name: string | undefined): string | undefined {
  return name?.replace(/[^\s-]+/g, (word, at: number) => {
    if (/\d/.test(word)) return word;
    const lower = word.toLowerCase();
    if (at > 0 && SMALL_WORDS.has(lower)) return lower;
    return lower.replace(/^\P{L}*\p{L}/u, (start) => start.toUpperCase());
  });
}

function isThere(text: string | undefined): text is string {
  return text !== undefined && text !== '';
}

/** Those whose first lines hold what was typed, as whole words: "2" is not 12. */
function ofHouse(addresses: Address[], house: string | null | undefined): Address[] {
  const words = (text: string) =>
    ` ${text
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()} `;
  const wanted = words(house ?? '');
  if (wanted.trim() === '') return addresses;
  return addresses.filter(({ line1, line2 }) => words(`${line1} ${line2 ?? ''}`).includes(wanted));
}
