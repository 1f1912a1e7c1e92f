import { type TinyPicture, drawThumbHash } from './thumbhash';

// Made by svc_media's encoder (svc_media/processing/inside/thumbhash.py), which is held against the format's own code.
const RED = 'lVoDBwA6b7uNiIiEiGiIaIiK+fZoX40G';
const DARK_LEFT_BRIGHT_RIGHT = 'HwgiBYBwenaIiIiHiIiHiAAAAAAA';
const BLUE_ABOVE_YELLOW = 'IfgJ7Ah4CId3iIp4aHiIcIcIeA==';
const GREEN_THEN_NOTHING = '09iABQBYYHqIiIaId3+IB3iHf3WIiHeIiA==';

/** The colour at a place from 0 to 1, as red, green, blue and alpha. */
function at(picture: TinyPicture | null, x: number, y: number): number[] {
  const { width, height, pixels } = picture!;
  const from = (Math.floor(y * height) * width + Math.floor(x * width)) * 4;
  return [...pixels.slice(from, from + 4)];
}

describe('drawThumbHash', () => {
  it('gives one colour back', () => {
    const [red, green, blue, alpha] = at(drawThumbHash(RED), 0.5, 0.5);
    expect(red).toBeGreaterThan(180);
    expect(green).toBeLessThan(60);
    expect(blue).toBeLessThan(60);
    expect(alpha).toBe(255);
  });

  it('knows left from right, and which side is longer', () => {
    const picture = drawThumbHash(DARK_LEFT_BRIGHT_RIGHT)!;
    expect(at(picture, 0.1, 0.5)[0]).toBeLessThan(70);
    expect(at(picture, 0.9, 0.5)[0]).toBeGreaterThan(180);
    expect(picture.width).toBe(32);
    expect(picture.height).toBeLessThan(24);
  });

  it('knows above from below, and colours', () => {
    const picture = drawThumbHash(BLUE_ABOVE_YELLOW)!;
    const [above, below] = [at(picture, 0.5, 0.1), at(picture, 0.5, 0.9)];
    expect(above[2]).toBeGreaterThan(above[0]! + 80);
    expect(below[0]).toBeGreaterThan(below[2]! + 80);
    expect(picture.height).toBe(32);
    expect(picture.width).toBeLessThan(24);
  });

  it('leaves see-through what was', () => {
    const picture = drawThumbHash(GREEN_THEN_NOTHING);
    expect(at(picture, 0.1, 0.5)[3]).toBeGreaterThan(200);
    expect(at(picture, 0.9, 0.5)[3]).toBeLessThan(60);
  });

  it.each(['', '!!', 'AAA=', RED.slice(0, 12)])('draws nothing for %j', (broken) => {
    expect(drawThumbHash(broken)).toBeNull();
  });
});
