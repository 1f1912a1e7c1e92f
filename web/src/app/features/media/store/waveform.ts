const HIGHEST = 100;

/** Returns as many bars as there is room for, each as loud as the loudest of what it stands for (0 to 100). */
export function barsOf(waveform: readonly number[], count: number): number[] {
  if (waveform.length === 0) return new Array<number>(count).fill(0);
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * waveform.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * waveform.length) / count));
    return Math.max(...waveform.slice(from, to));
  });
}

/** Returns the path of an SVG that draws bars of 2 in steps of 3 around a middle line, `height` high. */
export function pathOf(bars: readonly number[], height: number): string {
  return bars
    .map((bar, index) => {
      const long = Math.max(2, (bar / HIGHEST) * height);
      return `M${index * 3 + 1} ${((height - long) / 2 + 1).toFixed(1)}v${Math.max(0.1, long - 2).toFixed(1)}`;
    })
    .join('');
}

/** Returns how loud samples of -1 to 1 are, as 0 to 100: louder than -50 dB is something. */
export function levelOf(samples: Float32Array): number {
  const power = samples.reduce((sum, each) => sum + each * each, 0) / Math.max(1, samples.length);
  const decibels = 10 * Math.log10(power || Number.MIN_VALUE);
  return Math.round(HIGHEST * Math.max(0, Math.min(1, 1 + decibels / 50)));
}
