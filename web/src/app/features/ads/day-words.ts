const DAY_MS = 86_400_000;
const DATE_LENGTH = 'yyyy-mm-dd'.length;

/** UTC days, as the server counts them, in words of a region. */
export class DayWords {
  private readonly short: Intl.DateTimeFormat;
  private readonly long: Intl.DateTimeFormat;

  constructor(region: string) {
    this.short = new Intl.DateTimeFormat(region, { day: 'numeric', month: 'short', timeZone: 'UTC' });
    this.long = new Intl.DateTimeFormat(region, { dateStyle: 'medium', timeZone: 'UTC' });
  }

  readonly shortly = (day: string) => this.short.format(new Date(day));
  readonly whole = (day: string) => this.long.format(new Date(day));

  /** Returns the last days, today included, as a query has them. */
  span(days: number, now = Date.now()): { since: string; until: string } {
    const dayOf = (moment: number) => new Date(moment).toISOString().slice(0, DATE_LENGTH);
    return { since: dayOf(now - (days - 1) * DAY_MS), until: dayOf(now) };
  }
}
