import { barsOf, levelOf, pathOf } from './waveform';

describe('waveform', () => {
  it('keeps the loudest of what a bar stands for', () => {
    expect(barsOf([1, 9, 2, 3, 80, 4], 3)).toEqual([9, 3, 80]);
  });

  it('draws as many bars as there is room for, however short it is', () => {
    expect(barsOf([50], 4)).toEqual([50, 50, 50, 50]);
    expect(barsOf([], 3)).toEqual([0, 0, 0]);
    expect(pathOf(barsOf([0, 100], 2), 20).match(/M/g)).toHaveLength(2);
  });

  it('draws louder bars longer', () => {
    const [quiet, loud] = [...pathOf([10, 100], 40).matchAll(/v([\d.]+)/g)].map(([, long]) => Number(long));
    expect(loud).toBeGreaterThan(quiet! * 3);
  });

  it('hears silence as nothing, and a full tone as loud', () => {
    expect(levelOf(new Float32Array(64))).toBe(0);
    expect(levelOf(new Float32Array(64).fill(1))).toBe(100);
    expect(levelOf(new Float32Array(64).fill(0.05))).toBeGreaterThan(20);
    expect(levelOf(new Float32Array(64).fill(0.05))).toBeLessThan(60);
  });
});
