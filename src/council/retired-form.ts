import { DAY } from '../core/clock.js';
import type { Council } from './council.js';
import type { Form } from './form.js';

/**
 * The last day on which a form begun in this version can be sent for the first time: the council's days of grace after
 * a newer version replaced it. Null for the version that is offered.
 */
export function lastDayOf({ retiredOn }: Pick<Form, 'retiredOn'>, council: Pick<Council, 'retiredFormGraceDays'>) {
  if (retiredOn === null) return null;
  const last = Date.parse(`${retiredOn}T00:00:00Z`) + council.retiredFormGraceDays * DAY;
  return new Date(last).toISOString().slice(0, 10);
}

/** Whether that day is over, by the council's calendar. */
export function isPastGrace(
  form: Pick<Form, 'retiredOn'>,
  council: Pick<Council, 'retiredFormGraceDays' | 'timeZone'>,
  now: Date,
): boolean {
  const last = lastDayOf(form, council);
  if (last === null) return false;
  // Swedish writes its dates as ISO 8601 does.
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: council.timeZone, dateStyle: 'short' }).format(now);
  return today > last;
}
