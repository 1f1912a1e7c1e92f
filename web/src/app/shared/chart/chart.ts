import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, computed, inject, input, signal } from '@angular/core';

import { labelled, scaleOf } from './scale';

export interface Point {
  readonly day: string;
  readonly value: number;
}

const HEIGHT = 200;
const TOP = 12;
const BOTTOM = 26;
const RIGHT = 22;
const LETTER = 7.5;
const LABEL_WIDTH = 64;
const MOST_BAR = 28;

/**
 * Counts or amounts by day, as a line (how many there are) or as bars (how many each day). It is drawn in pixels of its
 * own width, so that letters keep their size. A table beside it says the same to who does not see it.
 */
@Component({
  selector: 'app-chart',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'chart' },
  templateUrl: './chart.html',
})
export class Chart {
  readonly points = input.required<readonly Point[]>();
  readonly kind = input.required<'line' | 'bars'>();
  readonly label = input.required<string>();
  readonly dayName = input.required<(day: string) => string>();
  /** How a value is written: short beside the grid, whole where one points. */
  readonly valueName = input.required<(value: number, form: 'short' | 'whole') => string>();
  protected readonly height = HEIGHT;
  protected readonly width = signal(600);
  protected readonly at = signal<number | null>(null);
  private readonly scale = computed(() => scaleOf(this.points().map((each) => each.value), this.kind() === 'bars'));
  protected readonly left = computed(() => 14 + LETTER * Math.max(...this.ticks().map((each) => each.name.length)));
  private readonly band = computed(() => (this.width() - this.left() - RIGHT) / Math.max(1, this.points().length));
  protected readonly ticks = computed(() => this.scale().ticks.map((value) => ({ value, name: this.valueName()(value, 'short'), y: this.y(value) })));
  protected readonly days = computed(() => {
    const points = this.points();
    const shown = labelled(points.length, Math.floor((this.width() - this.left()) / LABEL_WIDTH));
    return shown.map((at) => ({ x: this.x(at), name: this.dayName()(points[at]!.day) }));
  });
  protected readonly line = computed(() => this.points().map(({ value }, at) => `${at ? 'L' : 'M'}${this.x(at)} ${this.y(value)}`).join(''));
  protected readonly area = computed(() => {
    const last = this.points().length - 1;
    return last < 0 ? '' : `${this.line()}L${this.x(last)} ${this.floor()}L${this.x(0)} ${this.floor()}Z`;
  });
  protected readonly bars = computed(() => {
    const width = Math.max(1, Math.min(MOST_BAR, this.band() - 2));
    const zero = this.y(0);
    return this.points().map(({ value }, at) => {
      const y = this.y(value);
      return { x: this.x(at) - width / 2, y: Math.min(y, zero), width, height: Math.abs(zero - y), isBelow: value < 0 };
    });
  });
  protected readonly floor = computed(() => HEIGHT - BOTTOM);
  /** What the pointer is at. */
  protected readonly shown = computed(() => {
    const at = this.at();
    const point = at === null ? undefined : this.points()[at];
    if (at === null || !point) return null;
    return { x: this.x(at), y: this.y(point.value), value: this.valueName()(point.value, 'whole'), day: this.dayName()(point.day), anchor: this.anchorAt(at) };
  });

  constructor() {
    const host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const sizes = new ResizeObserver(([entry]) => entry && this.width.set(Math.max(240, Math.round(entry.contentRect.width))));
    sizes.observe(host);
    inject(DestroyRef).onDestroy(() => sizes.disconnect());
  }

  protected point(event: PointerEvent): void {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = Math.floor((event.clientX - box.left - this.left()) / this.band());
    this.at.set(Math.max(0, Math.min(this.points().length - 1, at)));
  }

  private x(at: number): number {
    return round(this.left() + this.band() * (at + 0.5));
  }

  private y(value: number): number {
    const { least, most } = this.scale();
    return round(TOP + (this.floor() - TOP) * (1 - (value - least) / Math.max(1, most - least)));
  }

  private anchorAt(at: number): 'start' | 'end' {
    return this.x(at) > this.width() / 2 ? 'end' : 'start';
  }
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
