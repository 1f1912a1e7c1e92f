import { Heights } from './heights';

/** The rows to be rendered. */
export interface Range {
  first: number;
  last: number;
}

const ESTIMATE = 56;
/** Beyond the screen so much is rendered, and anew when less than the half of it is left. */
const MARGIN = 900;
/** So near to the end one is at the end. */
const END = 48;

/**
 * What part of many rows is on the screen. Something always stays where it is when rows above it
 * change their height or come in: the last row, or the first one on the screen (the anchor).
 */
export class Viewport {
  private readonly heights = new Heights(ESTIMATE);
  private anchor = { row: 1, offset: 0 };
  private isFollowing = true;
  private rendered: Range = { first: 1, last: 0 };
  height = 0;

  /** Whether the end is on the screen, and shall be when something comes. */
  get follows(): boolean {
    return this.isFollowing;
  }

  get range(): Range {
    return this.rendered;
  }

  /** How high all rows are; at least the screen. */
  get total(): number {
    return Math.max(this.heights.total, this.height);
  }

  /** Where the scroller should be. */
  get scrollTop(): number {
    const end = Math.max(0, this.total - this.height);
    if (this.isFollowing) return end;
    return Math.max(0, Math.min(this.heights.top(this.anchor.row) + this.anchor.offset + this.lead, end));
  }

  /** Where the first rendered row begins. */
  get top(): number {
    return this.heights.top(this.rendered.first) + this.lead;
  }

  /** The last row of which at least a part is on the screen. */
  get lastVisible(): number {
    return this.heights.rowAt(this.scrollTop + this.height - this.lead - 1);
  }

  get firstVisible(): number {
    return this.heights.rowAt(this.scrollTop - this.lead);
  }

  /** Few rows stand at the bottom of the screen. */
  private get lead(): number {
    return Math.max(0, this.height - this.heights.total);
  }

  resize(count: number): void {
    this.heights.resize(count);
  }

  /** Returns whether the height was another one. */
  measure(row: number, height: number): boolean {
    return this.heights.set(row, height);
  }

  /** Somebody scrolled. */
  scrolledTo(scrollTop: number): void {
    this.isFollowing = scrollTop + this.height >= this.total - END;
    const position = scrollTop - this.lead;
    const row = this.heights.rowAt(position);
    this.anchor = { row, offset: position - this.heights.top(row) };
  }

  /** Shows a row in the upper part of the screen. */
  show(row: number): void {
    this.isFollowing = false;
    this.anchor = { row, offset: -this.height / 3 };
  }

  /** All that is shown is known: whoever ended up at the end follows it. */
  settle(): void {
    if (this.scrollTop >= this.total - this.height - END) this.isFollowing = true;
  }

  follow(): void {
    this.isFollowing = true;
  }

  /** Returns the rows to render now; the same object while what is rendered suffices. */
  update(): Range {
    const top = this.scrollTop - this.lead;
    const bottom = top + this.height;
    const { first, last } = this.rendered;
    const from = first <= 1 ? -Infinity : this.heights.top(first);
    const to = last >= this.heights.length ? Infinity : this.heights.top(last + 1);
    const isEnough = last <= this.heights.length && from < top - MARGIN / 2 && to > bottom + MARGIN / 2 && last >= first;
    if (isEnough) return this.rendered;
    this.rendered = { first: this.heights.rowAt(top - MARGIN), last: this.heights.rowAt(bottom + MARGIN) };
    if (this.heights.length === 0) this.rendered = { first: 1, last: 0 };
    return this.rendered;
  }
}
