/** An instant (ISO text) as people of the council's zone read it: "20 November 2026 at 09:34". */
export function instant(iso: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(iso));
}

/** The day of an instant (ISO text) or a calendar date (ISO 8601): "20 November 2026". */
export function day(iso: string, timeZone: string): string {
  // A calendar date is midnight in UTC to Date: no other zone may move it to the day before.
  const zone = iso.length === '2026-11-20'.length ? 'UTC' : timeZone;
  return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: zone }).format(new Date(iso));
}
