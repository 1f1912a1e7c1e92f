const MINUTE_MS = 60_000;

/** Returns a moment as `datetime-local` has it: by the clock of this device. */
export function localMinute(moment: Date): string {
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * MINUTE_MS);
  return shifted.toISOString().slice(0, 16);
}

/** Returns the moment (RFC 3339, UTC) that a `datetime-local` shows; null where it shows none. */
export function momentOf(local: string): string | null {
  const moment = new Date(local);
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString();
}

/** The next full hour that is at least half an hour away. */
export function inAnHour(now = new Date()): Date {
  const moment = new Date(now.getTime() + 30 * MINUTE_MS);
  moment.setMinutes(60, 0, 0);
  return moment;
}
