/** How a picture is enlarged: by how much, and how far its middle is from the stage's. In CSS pixels. */
export interface Zoom {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 };
export const LARGEST = 8;

/** Enlarges by a factor; what is at `at` (from the stage's middle) stays there. */
export function zoomBy(zoom: Zoom, factor: number, at: { x: number; y: number }, stage: Size): Zoom {
  const scale = Math.min(LARGEST, Math.max(1, zoom.scale * factor));
  const grown = scale / zoom.scale;
  return within({ scale, x: at.x - (at.x - zoom.x) * grown, y: at.y - (at.y - zoom.y) * grown }, stage);
}

/** Moves what is enlarged, as far as there is something to be seen. */
export function moveBy(zoom: Zoom, x: number, y: number, stage: Size): Zoom {
  return within({ ...zoom, x: zoom.x + x, y: zoom.y + y }, stage);
}

function within({ scale, x, y }: Zoom, { width, height }: Size): Zoom {
  const [across, down] = [(width * (scale - 1)) / 2, (height * (scale - 1)) / 2];
  // `+ 0` makes of -0 what it is.
  return { scale, x: Math.min(across, Math.max(-across, x)) + 0, y: Math.min(down, Math.max(-down, y)) + 0 };
}
