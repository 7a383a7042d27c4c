/** By zone and length, each made once: making one takes half a millisecond. */
const formats = new Map<string, Intl.DateTimeFormat>();

/** An instant (ISO text) as people of the council's zone read it: "20 November 2026 at 09:34". */
export function instant(iso: string, timeZone: string): string {
  return written(iso, { dateStyle: 'long', timeStyle: 'short', timeZone });
}

/** The day of an instant (ISO text) or a calendar date (ISO 8601): "20 November 2026". */
export function day(iso: string, timeZone: string): string {
  // A calendar date is midnight in UTC to Date: no other zone may move it to the day before.
  return written(iso, { dateStyle: 'long', timeZone: iso.length === '2026-11-20'.length ? 'UTC' : timeZone });
}

function written(iso: string, how: Intl.DateTimeFormatOptions): string {
  const name = `${how.timeZone} ${how.timeStyle}`;
  const format = formats.get(name) ?? new Intl.DateTimeFormat('en-GB', how);
  formats.set(name, format);
  return format.format(new Date(iso));
}
