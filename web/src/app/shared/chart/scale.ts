/** Where a chart's values stand, in pixels. */
export interface Scale {
  readonly ticks: readonly number[];
  readonly least: number;
  readonly most: number;
}

const STEPS = [1, 2, 5, 10] as const;

/**
 * Returns round marks around whole numbers: few enough to read, and none between two whole numbers.
 * `fromZero` is for bars, whose length is their value; those below zero hang.
 */
export function scaleOf(values: readonly number[], fromZero: boolean, wanted = 4): Scale {
  const highest = Math.max(...values, 1);
  const smallest = Math.min(...values, highest - 1);
  const lowest = fromZero ? Math.min(0, smallest) : smallest;
  const step = stepOf((highest - lowest) / wanted);
  const least = Math.floor(lowest / step) * step;
  const most = Math.ceil(highest / step) * step;
  const ticks = Array.from({ length: Math.round((most - least) / step) + 1 }, (_, at) => least + at * step);
  return { ticks, least, most };
}

function stepOf(rough: number): number {
  const size = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  return Math.max(1, size * (STEPS.find((each) => each * size >= rough) ?? 10));
}

/** Returns which days get a name below a chart: the last one, and others as far apart as there is room. */
export function labelled(count: number, most: number): readonly number[] {
  if (count === 0) return [];
  const every = Math.max(1, Math.ceil(count / Math.max(1, most)));
  return Array.from({ length: count }, (_, at) => at).filter((at) => (count - 1 - at) % every === 0);
}
