import { DAY, MINUTE } from '../../src/core/clock.js';

/** Reminders come at hours when people work: from the first to before the second, on the council's clocks. */
const [MORNING, EVENING] = [9, 17];
/** Every zone's hours begin on a quarter of UTC's. */
const QUARTER = 15 * MINUTE;

/** When the quiet hours that it is now will end; undefined by day. */
export function quietUntil(now: Date, timeZone: string): Date | undefined {
  if (isDaytime(now, timeZone)) return undefined;
  let time = now.getTime() - (now.getTime() % QUARTER);
  const end = time + DAY;
  while (time < end && !isDaytime(new Date(time), timeZone)) time += QUARTER;
  return new Date(time);
}

export function isDaytime(now: Date, timeZone: string): boolean {
  const hour = Number(new Intl.DateTimeFormat('en-GB', { hour: 'numeric', hourCycle: 'h23', timeZone }).format(now));
  return hour >= MORNING && hour < EVENING;
}

/** The calendar date in the zone, ISO 8601. */
export function localDay(now: Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short', timeZone }).format(now);
}
