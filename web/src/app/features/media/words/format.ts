import { Pipe, type PipeTransform, inject } from '@angular/core';

import { Language } from '@core/language';
import { regional } from '@shared/time';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;
const STEP = 1000;
const MINUTE_S = 60;
const HOUR_S = 3600;

/** Returns a number of bytes as people say it: 3.4 MB. */
export function sizeText(bytes: number, language: string): string {
  const power = Math.min(UNITS.length - 1, bytes < STEP ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / STEP ** power;
  const unitDisplay = power === 0 ? 'long' : 'short'; // "5 byte" reads like a mistake
  const options = { style: 'unit', unit: UNITS[power], unitDisplay, maximumFractionDigits: power > 0 && value < 100 ? 1 : 0 } as const;
  return new Intl.NumberFormat(regional(language), options).format(value);
}

/** Returns a length of time as a clock shows it: 0:07, 1:02:03. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (part: number) => String(part).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / HOUR_S), Math.floor((whole % HOUR_S) / MINUTE_S)];
  const rest = two(whole % MINUTE_S);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Returns a length of time in words, for who hears it: 1 minute 5 seconds. */
export function spokenLength(seconds: number, language: string): string {
  const whole = Math.max(0, Math.round(seconds));
  const parts = [
    [Math.floor(whole / HOUR_S), 'hour'],
    [Math.floor((whole % HOUR_S) / MINUTE_S), 'minute'],
    [whole % MINUTE_S, 'second'],
  ] as const;
  const said = parts.filter(([count, unit]) => count > 0 || (unit === 'second' && whole === 0));
  const words = (count: number, unit: string) => new Intl.NumberFormat(regional(language), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
  return said.map(([count, unit]) => words(count, unit)).join(' ');
}

/** `{{ media.size | size }}` */
@Pipe({ name: 'size' })
export class SizePipe implements PipeTransform {
  private readonly language = inject(Language).current;

  transform(bytes: number): string {
    return sizeText(bytes, this.language);
  }
}

/** `{{ media.duration_s | clock }}` */
@Pipe({ name: 'clock' })
export class ClockPipe implements PipeTransform {
  transform(seconds: number | null | undefined): string {
    return clockText(seconds ?? 0);
  }
}
