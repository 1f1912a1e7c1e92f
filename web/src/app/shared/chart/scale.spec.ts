import { labelled, scaleOf } from './scale';

describe('scaleOf', () => {
  it('marks round numbers around what is shown', () => {
    const { ticks, most } = scaleOf([3, 47, 91], true);
    expect(ticks).toEqual([0, 50, 100]);
    expect(most).toBe(100);
  });

  it('begins bars at zero, and a line near its lowest value', () => {
    expect(scaleOf([980, 1010], true).least).toBe(0);
    expect(scaleOf([980, 1010], false).least).toBe(980);
  });

  it('goes below zero where a bar does', () => {
    const { ticks, least } = scaleOf([-30, 80], true);
    expect(least).toBeLessThanOrEqual(-30);
    expect(ticks).toContain(0);
  });

  it('has no marks between whole numbers', () => {
    for (const values of [[0], [1], [0, 1, 2], [5, 5, 5]]) {
      const { ticks, least, most } = scaleOf(values, false);
      expect(ticks.every(Number.isInteger)).toBe(true);
      expect(new Set(ticks).size).toBe(ticks.length);
      expect(most).toBeGreaterThan(least);
    }
  });

  it('holds every value', () => {
    for (let most = 1; most < 5000; most = Math.ceil(most * 1.37)) {
      const scale = scaleOf([0, most], true);
      expect(scale.most).toBeGreaterThanOrEqual(most);
      expect(scale.ticks.length).toBeLessThanOrEqual(6);
    }
  });
});

describe('labelled', () => {
  it('names the last day, and no more than there is room for', () => {
    expect(labelled(30, 5).at(-1)).toBe(29);
    expect(labelled(30, 5).length).toBeLessThanOrEqual(5);
    expect(labelled(7, 20)).toHaveLength(7);
    expect(labelled(0, 5)).toEqual([]);
  });
});
