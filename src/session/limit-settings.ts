import { MINUTE } from '../core/clock.js';

/** At most so many within so many milliseconds; null: without limit. */
export type Limit = { most: number; within: number } | null;

/** What is limited, and what holds where nothing is set. A whole office behind one client address must be able to work. */
const defaults = {
  /** Account operations (log in, register, codes, passwords) of one client address. Beyond: refused. */
  calls: '1800/1m',
  /** Wrong passwords for one email address. Beyond: replies tell a right password from a wrong one no more. */
  'log-ins': '10/15m',
  /** Wrong passwords from one client address. Beyond: as above. */
  'log-ins-from': '200/15m',
  /** Wrong passwords everywhere. Beyond: as above. */
  'log-ins-everywhere': '5000/15m',
  /** Wrong codes from one client address. Beyond: refused. */
  'codes-from': '300/15m',
  /** Wrong codes everywhere. Beyond: refused from client addresses that took more than a few of them. */
  'codes-everywhere': '3000/15m',
  /** Codes asked for one email address, for each purpose. Beyond: refused. */
  'codes-sent': '30/1h',
  /** Codes sent again to one email address (a minute apart, too). Beyond: refused. */
  'codes-resent': '5/1h',
} as const;

export type LimitName = keyof typeof defaults;
export type LimitSettings = Record<LimitName, Limit>;

/** The defaults as an operator would write them. */
export const defaultLimits = Object.entries(defaults)
  .map(([name, limit]) => `${name}=${limit}`)
  .join(' ');

const UNITS = { s: 1_000, m: MINUTE, h: 60 * MINUTE } as const;

/** Reads `name=most/time` pairs, apart by blanks or commas, on top of the defaults; throws Error naming the mistake. */
export function readLimits(text: string): LimitSettings {
  const limits = Object.fromEntries(
    Object.entries(defaults).map(([name, limit]) => [name, readLimit(limit)]),
  ) as LimitSettings;
  for (const pair of text.split(/[\s,]+/).filter(Boolean)) {
    const [name = '', value = ''] = pair.split('=');
    if (!(name in defaults)) throw new Error(`knows no limit "${name}", but ${Object.keys(defaults).join(', ')}`);
    const limit = readLimit(value);
    if (limit === undefined) throw new Error(`must say "${name}" as a number and a time, such as 10/15m, or off`);
    limits[name as LimitName] = limit;
  }
  return limits;
}

function readLimit(text: string): Limit | undefined {
  if (text === 'off') return null;
  const [, most, time, unit] = /^([1-9]\d{0,8})\/([1-9]\d{0,4})([smh])$/.exec(text) ?? [];
  return unit === undefined
    ? undefined
    : { most: Number(most), within: Number(time) * UNITS[unit as keyof typeof UNITS] };
}
