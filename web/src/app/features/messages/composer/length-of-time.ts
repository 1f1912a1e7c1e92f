import { regional } from '@shared/time';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** Returns a length of time in words, in the largest unit that it has whole: "1 day", "7 días". */
export function lengthOfTime(seconds: number, language: string): string {
  const [unit, size] = UNITS.find(([, each]) => seconds >= each && seconds % each === 0) ?? (['second', 1] as const);
  return new Intl.NumberFormat(regional(language), { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / size);
}
