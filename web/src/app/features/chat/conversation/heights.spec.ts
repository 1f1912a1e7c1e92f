import { Heights } from './heights';

describe('Heights', () => {
  function slowTop(heights: number[], row: number): number {
    return heights.slice(0, row - 1).reduce((sum, each) => sum + each, 0);
  }

  it('add up as a list of them does, in whatever order they are measured', () => {
    const heights = new Heights(50);
    const list = Array.from({ length: 3_000 }, () => 50);
    heights.resize(list.length);
    for (let time = 0; time < 2_000; time++) {
      const row = ((time * 7919) % list.length) + 1;
      list[row - 1] = (time * 31) % 200;
      heights.set(row, list[row - 1]!);
    }
    for (const row of [1, 2, 500, 1024, 1025, 2999, 3000, 3001]) expect(heights.top(row)).toBeCloseTo(slowTop(list, row), 6);
  });

  it('find the row at a position', () => {
    const heights = new Heights(10);
    heights.resize(5);
    heights.set(2, 0);
    heights.set(3, 100);
    expect([0, 9.9, 10, 109, 110, 1e9, -5].map((each) => heights.rowAt(each))).toEqual([1, 1, 3, 3, 4, 5, 1]);
  });

  it('keep what was measured when rows come', () => {
    const heights = new Heights(10);
    heights.resize(1_000);
    heights.set(1_000, 30);
    heights.resize(100_000);
    expect(heights.total).toBe(1_000_020);
    heights.set(100_000, 15);
    expect(heights.top(100_000)).toBe(1_000_010);
  });

  it('forget rows that went', () => {
    const heights = new Heights(10);
    heights.resize(3);
    heights.set(3, 90);
    heights.resize(2);
    heights.resize(3);
    expect(heights.total).toBe(30);
  });
});
