import { type Size, WHOLE, type Zoom, moveBy, zoomBy } from './zoom';

const SWIPE_PX = 60;
const DOUBLE_MS = 300;
const TAP_PX = 12;
const DOUBLE_FACTOR = 2.5;
const WHEEL_STRENGTH = 0.0018;

/** What fingers, a mouse or a wheel want of the viewer. */
export interface Wishes {
  zoom(): Zoom;
  setZoom(zoom: Zoom): void;
  /** How far the picture is drawn aside or down, while a swipe goes on. */
  drag(x: number, y: number): void;
  next(step: 1 | -1): void;
  close(): void;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Pinch and double tap enlarge, a drag moves what is enlarged, and otherwise a swipe goes on or closes. */
export class Gestures {
  private readonly pointers = new Map<number, Point>();
  private begun: Point = { x: 0, y: 0 };
  private isSwipe = false;
  private lastTap = 0;

  constructor(
    private readonly stage: HTMLElement,
    private readonly wishes: Wishes,
    signal: AbortSignal,
  ) {
    stage.addEventListener('pointerdown', (event) => this.down(event), { signal });
    stage.addEventListener('pointermove', (event) => this.move(event), { signal });
    stage.addEventListener('pointerup', (event) => this.up(event), { signal });
    stage.addEventListener('pointercancel', (event) => this.forget(event), { signal });
    stage.addEventListener('wheel', (event) => this.turn(event), { signal, passive: false });
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || (event.target as Element).closest('button, video, a')) return;
    this.stage.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.place(event));
    this.isSwipe = this.pointers.size === 1 && this.wishes.zoom().scale === 1;
    this.begun = this.place(event);
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const now = this.place(event);
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    this.pointers.set(event.pointerId, now);
    if (other) return this.pinch(before, now, other);
    if (this.isSwipe) return this.wishes.drag(now.x - this.begun.x, Math.max(0, now.y - this.begun.y));
    this.wishes.setZoom(moveBy(this.wishes.zoom(), now.x - before.x, now.y - before.y, this.size));
  }

  private pinch(before: Point, now: Point, other: Point): void {
    this.isSwipe = false;
    this.wishes.drag(0, 0);
    const factor = distance(now, other) / Math.max(1, distance(before, other));
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.wishes.setZoom(zoomBy(this.wishes.zoom(), factor, middle, this.size));
  }

  private up(event: PointerEvent): void {
    if (!this.pointers.has(event.pointerId)) return;
    const now = this.place(event);
    this.forget(event);
    const [x, y] = [now.x - this.begun.x, now.y - this.begun.y];
    if (Math.hypot(x, y) < TAP_PX) return this.tap(now);
    if (!this.isSwipe) return;
    if (Math.abs(x) > SWIPE_PX && Math.abs(x) > Math.abs(y)) this.wishes.next(x < 0 ? 1 : -1);
    else if (y > SWIPE_PX * 1.5) this.wishes.close();
  }

  private forget(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    this.wishes.drag(0, 0);
  }

  private tap(at: Point): void {
    const now = performance.now();
    const isDouble = now - this.lastTap < DOUBLE_MS;
    this.lastTap = isDouble ? 0 : now;
    if (!isDouble) return;
    const zoom = this.wishes.zoom();
    this.wishes.setZoom(zoom.scale > 1 ? WHOLE : zoomBy(zoom, DOUBLE_FACTOR, at, this.size));
  }

  private turn(event: WheelEvent): void {
    if ((event.target as Element).closest('video')) return;
    event.preventDefault();
    this.wishes.setZoom(zoomBy(this.wishes.zoom(), Math.exp(-event.deltaY * WHEEL_STRENGTH), this.place(event), this.size));
  }

  private get size(): Size {
    return this.stage.getBoundingClientRect();
  }

  /** From the stage's middle. */
  private place(event: MouseEvent): Point {
    const { left, top, width, height } = this.stage.getBoundingClientRect();
    return { x: event.clientX - left - width / 2, y: event.clientY - top - height / 2 };
  }
}

function distance(one: Point, other: Point): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
