import { LARGEST, WHOLE, moveBy, zoomBy } from './zoom';

const STAGE = { width: 400, height: 300 };

describe('zoom', () => {
  it('keeps what is under the fingers where it is', () => {
    const at = { x: 100, y: -50 };
    const { scale, x, y } = zoomBy(WHOLE, 2, at, STAGE);
    // The point of the picture that was at `at` is still there.
    expect({ x: at.x * scale + x, y: at.y * scale + y }).toEqual(at);
  });

  it('is never smaller than the whole, and never too large', () => {
    expect(zoomBy(WHOLE, 0.1, { x: 9, y: 9 }, STAGE)).toEqual(WHOLE);
    expect(zoomBy(WHOLE, 100, { x: 0, y: 0 }, STAGE).scale).toBe(LARGEST);
  });

  it('moves no further than there is something to be seen', () => {
    const large = zoomBy(WHOLE, 2, { x: 0, y: 0 }, STAGE);
    expect(moveBy(large, 9_999, -9_999, STAGE)).toEqual({ scale: 2, x: 200, y: -150 });
    expect(moveBy(WHOLE, 50, 50, STAGE)).toEqual(WHOLE);
  });
});
