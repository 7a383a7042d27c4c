/** The one source of the present: injected, so that tests move it. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export const MINUTE = 60_000;
export const DAY = 24 * 60 * MINUTE;

/** The instant `milliseconds` after an ISO instant, as ISO text: dates are strings on disk. */
export function isoPlus(iso: string, milliseconds: number): string {
  return new Date(Date.parse(iso) + milliseconds).toISOString();
}
