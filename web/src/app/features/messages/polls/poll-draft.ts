import type { Schemas } from '@core/wire';

export const MOST_OPTIONS = 12;
export const LONGEST_QUESTION = 300;
export const LONGEST_OPTION = 100;

export type PollBody = Schemas['PollBody'];
/** What is wrong with a poll that is being written. */
export type PollFault = 'question' | 'too_few' | 'twice' | null;

/** Returns the answers that were written, without empty ones. */
export function written(options: readonly string[]): string[] {
  return options.map((each) => each.trim()).filter(Boolean);
}

/** Returns the lines to show: those that were written, and an empty one while there is room. */
export function lines(options: readonly string[]): string[] {
  const kept = options.filter((each, at) => each !== '' || at < 2);
  while (kept.length < 2) kept.push('');
  return kept.at(-1) !== '' && kept.length < MOST_OPTIONS ? [...kept, ''] : kept;
}

export function faultOf(question: string, options: readonly string[]): PollFault {
  const texts = written(options);
  if (!question.trim()) return 'question';
  if (texts.length < 2) return 'too_few';
  return new Set(texts).size < texts.length ? 'twice' : null;
}
