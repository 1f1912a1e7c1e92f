const HOUR_MS = 3_600_000;
const MORNING = 9;
const EVENING = 20;
const LATEST_EVENING = 19;

/** Times that people often choose, from now on, in their own time zone. */
export function suggestedMoments(now: Date): { id: 'hour' | 'evening' | 'tomorrow' | 'monday'; at: Date }[] {
  const on = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = ((8 - now.getDay()) % 7 || 7) as number;
  return [
    { id: 'hour', at: new Date(now.getTime() + HOUR_MS) },
    ...(now.getHours() < LATEST_EVENING ? [{ id: 'evening' as const, at: on(0, EVENING) }] : []),
    { id: 'tomorrow', at: on(1, MORNING) },
    ...(toMonday > 1 ? [{ id: 'monday' as const, at: on(toMonday, MORNING) }] : []),
  ];
}

/** Returns a moment as `<input type="datetime-local">` has it. */
export function forInput(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${day}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}
