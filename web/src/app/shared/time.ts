import { Pipe, type PipeTransform, inject } from '@angular/core';

import { Language, type LanguageId } from '@core/language';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;
const WEEK_DAYS = 7;

function format(options: Intl.DateTimeFormatOptions) {
  const made = new Map<string, Intl.DateTimeFormat>();
  return (moment: Date, language: string): string => {
    const found = made.get(language) ?? new Intl.DateTimeFormat(regional(language), options);
    made.set(language, found);
    return found.format(moment);
  };
}

/** Returns the person's own region where it speaks the page's language: es-MX, en-GB. */
export function regional(language: string): string {
  return navigator.languages.find((each) => each.startsWith(language)) ?? language;
}

/** 14:05 */
export const clock = format({ hour: '2-digit', minute: '2-digit' });
const weekday = format({ weekday: 'short' });
const longWeekday = format({ weekday: 'long' });
const dayMonth = format({ day: 'numeric', month: 'short' });
const longDay = format({ day: 'numeric', month: 'long', year: 'numeric' });
const shortDay = format({ day: '2-digit', month: '2-digit', year: '2-digit' });
/** 3 March 2026, 14:05 */
export const fullMoment = format({ dateStyle: 'long', timeStyle: 'short' });

/** Returns how many midnights lie between two moments, in the person's time zone. */
export function daysBetween(earlier: Date, later: Date): number {
  const midnight = (moment: Date) => Date.UTC(moment.getFullYear(), moment.getMonth(), moment.getDate());
  return Math.round((midnight(later) - midnight(earlier)) / (DAY_S * 1000));
}

/** For the end of a line in a list: the time today, then yesterday, the weekday, the date. */
export function listTime(moment: Date, language: LanguageId, now = new Date()): string {
  const days = daysBetween(moment, now);
  if (days <= 0) return clock(moment, language);
  if (days === 1) return $localize`:@@core.time.yesterday_short:yesterday`;
  if (days < WEEK_DAYS) return weekday(moment, language);
  return moment.getFullYear() === now.getFullYear() ? dayMonth(moment, language) : shortDay(moment, language);
}

/** For what separates the days of a conversation. */
export function dayName(moment: Date, language: LanguageId, now = new Date()): string {
  const days = daysBetween(moment, now);
  if (days === 0) return $localize`:@@core.time.today:Today`;
  if (days === 1) return $localize`:@@core.time.yesterday:Yesterday`;
  return days > 0 && days < WEEK_DAYS ? longWeekday(moment, language) : longDay(moment, language);
}

/** Since when: "5 minutes ago". */
export function ago(moment: Date, language: LanguageId, now = new Date()): string {
  const seconds = Math.round((moment.getTime() - now.getTime()) / 1000);
  const words = new Intl.RelativeTimeFormat(regional(language), { numeric: 'auto' });
  const size = Math.abs(seconds);
  if (size < MINUTE_S) return words.format(0, 'minute');
  if (size < HOUR_S) return words.format(Math.round(seconds / MINUTE_S), 'minute');
  if (size < DAY_S) return words.format(Math.round(seconds / HOUR_S), 'hour');
  return size < DAY_S * WEEK_DAYS ? words.format(Math.round(seconds / DAY_S), 'day') : longDay(moment, language);
}

/** `{{ message.created_at | time: 'list' }}` */
@Pipe({ name: 'time' })
export class TimePipe implements PipeTransform {
  private readonly language = inject(Language).current;

  transform(moment: string | Date | null | undefined, form: 'clock' | 'list' | 'day' | 'ago' | 'full'): string {
    if (!moment) return '';
    const forms = { clock, list: listTime, day: dayName, ago, full: fullMoment };
    return forms[form](new Date(moment), this.language);
  }
}
