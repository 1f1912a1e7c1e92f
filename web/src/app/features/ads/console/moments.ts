const TIME_LENGTH = 'yyyy-mm-ddThh:mm'.length;
const USUAL_DAYS = 14;

/** Returns a moment as a control of kind `datetime-local` has it: in the time of this place. */
export function localTime(moment: string | Date): string {
  const at = new Date(moment);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, TIME_LENGTH);
}

export function momentOf(local: string): string {
  return new Date(local).toISOString();
}

/** From now on, for two weeks. */
export function usualSpan(now: Date): readonly [string, string] {
  const end = new Date(now);
  end.setDate(end.getDate() + USUAL_DAYS);
  return [localTime(now), localTime(end)];
}
