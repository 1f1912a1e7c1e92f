/**
 * The heights of many rows, of which few were measured: a Fenwick tree over what they differ from the
 * estimate, so that a position and a row find each other in logarithmic time. Rows count from 1.
 */
export class Heights {
  private capacity = 1024;
  private differences = new Float64Array(this.capacity + 1);
  private tree = new Float64Array(this.capacity + 1);
  private count = 0;

  constructor(private readonly estimate: number) {}

  get length(): number {
    return this.count;
  }

  /** The height of all rows. */
  get total(): number {
    return this.top(this.count + 1);
  }

  /** Changes how many rows there are; rows that come have the estimated height. */
  resize(count: number): void {
    for (let row = count + 1; row <= this.count; row++) this.set(row, this.estimate);
    this.count = count;
    if (count > this.capacity) this.grow(count);
  }

  height(row: number): number {
    return this.estimate + (this.differences[row] ?? 0);
  }

  /** Returns whether the height was another one. */
  set(row: number, height: number): boolean {
    const change = height - this.height(row);
    if (Math.abs(change) < 0.01 || row < 1 || row > this.count) return false;
    this.differences[row] = height - this.estimate;
    this.add(row, change);
    return true;
  }

  /** Returns where a row begins. */
  top(row: number): number {
    let sum = (row - 1) * this.estimate;
    for (let at = row - 1; at > 0; at -= at & -at) sum += this.tree[at]!;
    return sum;
  }

  /** Returns the row at a position; the first or the last one beyond the ends. */
  rowAt(position: number): number {
    let row = 0;
    let rest = position;
    for (let step = this.capacity; step > 0; step >>= 1) {
      if (row + step > this.count) continue;
      const size = step * this.estimate + this.tree[row + step]!;
      if (size > rest) continue;
      row += step;
      rest -= size;
    }
    return Math.max(1, Math.min(row + 1, this.count));
  }

  private add(row: number, change: number): void {
    for (let at = row; at <= this.capacity; at += at & -at) this.tree[at]! += change;
  }

  private grow(count: number): void {
    const before = this.differences;
    while (this.capacity < count) this.capacity *= 2;
    this.differences = new Float64Array(this.capacity + 1);
    this.differences.set(before);
    this.tree = this.differences.slice();
    for (let at = 1; at <= this.capacity; at++) {
      const parent = at + (at & -at);
      if (parent <= this.capacity) this.tree[parent]! += this.tree[at]!;
    }
  }
}
