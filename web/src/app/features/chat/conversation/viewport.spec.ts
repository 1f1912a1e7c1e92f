import { Viewport } from './viewport';

function aViewport(count: number, height = 600): Viewport {
  const viewport = new Viewport();
  viewport.height = height;
  viewport.resize(count);
  viewport.update();
  return viewport;
}

describe('Viewport', () => {
  it('begins at the end, and renders few of many rows', () => {
    const viewport = aViewport(100_000);
    const { first, last } = viewport.update();
    expect(last).toBe(100_000);
    expect(last - first).toBeLessThan(60);
    expect(viewport.scrollTop).toBe(viewport.total - 600);
  });

  it('stays at the end when rows come or grow', () => {
    const viewport = aViewport(1_000);
    viewport.resize(1_001);
    viewport.measure(1_001, 400);
    expect(viewport.update().last).toBe(1_001);
    expect(viewport.scrollTop).toBe(viewport.total - 600);
  });

  it('does not move what is looked at when rows come at the end', () => {
    const viewport = aViewport(1_000);
    viewport.scrolledTo(20_000);
    viewport.resize(1_100);
    expect(viewport.scrollTop).toBe(20_000);
    expect(viewport.follows).toBe(false);
  });

  it('keeps the first row of the screen in its place when rows above it get their height', () => {
    const viewport = aViewport(1_000);
    viewport.scrolledTo(20_000);
    const row = viewport.firstVisible;
    for (let above = row - 20; above < row; above++) viewport.measure(above, 156);
    expect(viewport.scrollTop).toBe(22_000);
    expect(viewport.firstVisible).toBe(row);
  });

  it('goes to a row, and keeps to it while the rows around are fetched', () => {
    const viewport = aViewport(100_000);
    viewport.show(500);
    const { first, last } = viewport.update();
    expect(first).toBeLessThan(500);
    expect(last).toBeGreaterThan(500);
    for (let row = first; row <= last; row++) viewport.measure(row, 30 + (row % 7) * 20);
    viewport.update();
    const shown = viewport.range;
    expect(shown.first <= 500 && shown.last >= 500).toBe(true);
    expect(viewport.firstVisible).toBeLessThanOrEqual(500);
    expect(viewport.lastVisible).toBeGreaterThanOrEqual(500);
  });

  it('renders nothing anew for a small step', () => {
    const viewport = aViewport(10_000);
    viewport.scrolledTo(100_000);
    const range = viewport.update();
    viewport.scrolledTo(100_200);
    expect(viewport.update()).toBe(range);
    viewport.scrolledTo(101_000);
    expect(viewport.update()).not.toBe(range);
  });

  it('puts few rows at the bottom of the screen', () => {
    const viewport = aViewport(2);
    expect(viewport.top).toBe(600 - 2 * 56);
    expect(viewport.total).toBe(600);
  });

  it('follows whoever was led to a place that is at the end', () => {
    const viewport = aViewport(100);
    viewport.show(99);
    viewport.settle();
    expect(viewport.follows).toBe(true);
    viewport.show(10);
    viewport.settle();
    expect(viewport.follows).toBe(false);
  });
});
