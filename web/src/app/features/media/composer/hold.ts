/** How a pressed recording button ends. */
export type HoldEnd = 'send' | 'lock' | 'cancel';

/** A shorter press is a tap: it goes on recording by itself. */
const TAP_MS = 400;
const CANCEL_PX = 90;
const LOCK_PX = 70;

/** A finger that holds the recording button: letting go sends, sliding aside cancels, sliding up locks. */
export class Hold {
  private readonly since = performance.now();

  constructor(
    private readonly x: number,
    private readonly y: number,
    private readonly isRightToLeft: boolean,
  ) {}

  /** Returns how it ends by this movement; null while it goes on. */
  move(x: number, y: number): HoldEnd | null {
    const aside = (this.x - x) * (this.isRightToLeft ? -1 : 1);
    if (aside > CANCEL_PX) return 'cancel';
    return this.y - y > LOCK_PX ? 'lock' : null;
  }

  /** Returns how it ends by letting go. */
  release(): HoldEnd {
    return performance.now() - this.since < TAP_MS ? 'lock' : 'send';
  }
}
