/** A small picture in RGBA, row by row. */
export interface TinyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
}

/** One colour channel as the sum of a few cosine waves. */
interface Waves {
  readonly mean: number;
  readonly acrossCount: number;
  readonly downCount: number;
  readonly strengths: readonly number[];
}

const SIDE = 32;
/** Colours are stored a little paler than they were. */
const SATURATION = 1.25;

/**
 * Draws a ThumbHash (https://evanw.github.io/thumbhash/), which is some 25 bytes in base64.
 *
 * Returns null for what is none.
 */
export function drawThumbHash(base64: string): TinyPicture | null {
  const hash = bytesOf(base64);
  if (!hash || hash.length < 5) return null;
  const shape = readShape(hash);
  const waves = readWaves(hash, shape);
  return waves && paint(waves, shape.ratio);
}

interface Shape {
  readonly hasAlpha: boolean;
  readonly across: number;
  readonly down: number;
  readonly ratio: number;
}

interface Channels {
  readonly light: Waves;
  readonly yellowBlue: Waves;
  readonly redGreen: Waves;
  readonly alpha: Waves | null;
}

function readShape(hash: Uint8Array): Shape {
  const head = at(hash, 3) | (at(hash, 4) << 8);
  const hasAlpha = (at(hash, 2) & 0x80) !== 0;
  const isLandscape = (head & 0x8000) !== 0;
  const most = hasAlpha ? 5 : 7;
  const fewer = Math.max(1, head & 7);
  const [across, down] = isLandscape ? [most, fewer] : [fewer, most];
  return { hasAlpha, across: Math.max(3, across), down: Math.max(3, down), ratio: across / down };
}

function readWaves(hash: Uint8Array, { hasAlpha, across, down }: Shape): Channels | null {
  const colours = at(hash, 0) | (at(hash, 1) << 8) | (at(hash, 2) << 16);
  const scales = at(hash, 3) | (at(hash, 4) << 8);
  let next = (hasAlpha ? 6 : 5) * 2;
  const strengths = (acrossCount: number, downCount: number, scale: number): number[] => {
    const found: number[] = [];
    for (let y = 0; y < downCount; y++)
      for (let x = y ? 0 : 1; x * downCount < acrossCount * (downCount - y); x++) found.push((nibble(hash, next++) / 7.5 - 1) * scale);
    return found;
  };
  const waves = (mean: number, acrossCount: number, downCount: number, scale: number): Waves => ({
    mean, acrossCount, downCount, strengths: strengths(acrossCount, downCount, scale),
  });
  const light = waves((colours & 63) / 63, across, down, ((colours >> 18) & 31) / 31);
  const yellowBlue = waves(((colours >> 6) & 63) / 31.5 - 1, 3, 3, (((scales >> 3) & 63) / 63) * SATURATION);
  const redGreen = waves(((colours >> 12) & 63) / 31.5 - 1, 3, 3, (((scales >> 9) & 63) / 63) * SATURATION);
  const alpha = hasAlpha ? waves((at(hash, 5) & 15) / 15, 5, 5, (at(hash, 5) >> 4) / 15) : null;
  return next > hash.length * 2 ? null : { light, yellowBlue, redGreen, alpha };
}

function paint({ light, yellowBlue, redGreen, alpha }: Channels, ratio: number): TinyPicture {
  const width = Math.max(1, Math.round(ratio > 1 ? SIDE : SIDE * ratio));
  const height = Math.max(1, Math.round(ratio > 1 ? SIDE / ratio : SIDE));
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++, to += 4) {
      const place = [(x + 0.5) / width, (y + 0.5) / height] as const;
      const l = valueAt(light, ...place);
      const p = valueAt(yellowBlue, ...place);
      const q = valueAt(redGreen, ...place);
      const blue = l - (2 / 3) * p;
      const red = (3 * l - blue + q) / 2;
      pixels.set([red, red - q, blue, alpha ? valueAt(alpha, ...place) : 1].map((each) => Math.max(0, Math.min(1, each)) * 255), to);
    }
  return { width, height, pixels };
}

function valueAt({ mean, acrossCount, downCount, strengths }: Waves, x: number, y: number): number {
  let value = mean;
  let next = 0;
  for (let down = 0; down < downCount; down++) {
    const swing = Math.cos(Math.PI * y * down) * 2;
    for (let across = down ? 0 : 1; across * downCount < acrossCount * (downCount - down); across++)
      value += strengths[next++]! * Math.cos(Math.PI * x * across) * swing;
  }
  return value;
}

function nibble(hash: Uint8Array, index: number): number {
  return (at(hash, index >> 1) >> ((index & 1) * 4)) & 15;
}

function at(hash: Uint8Array, index: number): number {
  return hash[index] ?? 0;
}

function bytesOf(base64: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  } catch {
    return null;
  }
}
