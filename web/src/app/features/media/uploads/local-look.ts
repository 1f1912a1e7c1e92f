import type { LocalLook } from './upload';

/** The longer side of a preview, in pixels. */
const SIDE = 640;
const PATIENCE_MS = 8_000;
/** Moment of a film that its preview shows; the very first frame is often black. */
const MOMENT_S = 0.5;

/** Returns how a file looks, made on this device; null for what cannot be looked at. */
export async function lookAt(file: Blob): Promise<LocalLook | null> {
  try {
    if (file.type.startsWith('image/')) return await lookAtPicture(file);
    if (file.type.startsWith('video/')) return await lookAtFilm(file);
  } catch {
    // A picture that this browser does not know, or a broken one: it is shown by its name.
  }
  return null;
}

async function lookAtPicture(file: Blob): Promise<LocalLook> {
  const picture = await createImageBitmap(file);
  try {
    return { url: await draw(picture, picture.width, picture.height), width: picture.width, height: picture.height, durationS: null, waveform: null };
  } finally {
    picture.close();
  }
}

async function lookAtFilm(file: Blob): Promise<LocalLook> {
  const address = URL.createObjectURL(file);
  const film = document.createElement('video');
  film.muted = true;
  film.preload = 'auto';
  try {
    film.src = address;
    await heard(film, 'loadeddata');
    film.currentTime = Math.min(MOMENT_S, film.duration / 2 || 0);
    await heard(film, 'seeked');
    const { videoWidth: width, videoHeight: height, duration } = film;
    return { url: await draw(film, width, height), width, height, durationS: Number.isFinite(duration) ? duration : null, waveform: null };
  } finally {
    film.removeAttribute('src');
    film.load();
    URL.revokeObjectURL(address);
  }
}

function heard(film: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error(`no ${event}`)), PATIENCE_MS);
    film.addEventListener(event, () => (clearTimeout(timer), done()), { once: true });
    film.addEventListener('error', () => (clearTimeout(timer), fail(new Error('broken'))), { once: true });
  });
}

async function draw(source: CanvasImageSource, width: number, height: number): Promise<string> {
  const scale = Math.min(1, SIDE / Math.max(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  const bytes = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/webp', 0.8));
  if (!bytes) throw new Error('no picture');
  return URL.createObjectURL(bytes);
}
