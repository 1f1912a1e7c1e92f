import { VOICE_NAME } from '../store/kinds';
import { levelOf } from '../store/waveform';

/** Best first; each is taken by the server. */
const TYPES = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4;codecs=opus', 'audio/mp4'];
const SPEECH_BITS_PER_S = 32_000;
const TICK_MS = 100;
const SAMPLES = 1024;

/** What was recorded. */
export interface Recorded {
  readonly file: File;
  readonly durationS: number;
  /** 0 to 100, ten a second. */
  readonly levels: readonly number[];
}

/** Whether this browser can record at all; over plain HTTP it has no microphone. */
export function canRecord(): boolean {
  return 'MediaRecorder' in globalThis && !!navigator.mediaDevices?.getUserMedia;
}

/** One recording of the microphone, from `begin` to `finish` or `drop`. */
export class Recording {
  private readonly chunks: Blob[] = [];
  private readonly levels: number[] = [];
  private readonly recorder: MediaRecorder;
  private readonly context = new AudioContext();
  private readonly analyser: AnalyserNode;
  private readonly samples = new Float32Array(SAMPLES);
  private readonly timer: ReturnType<typeof setInterval>;
  private before = 0;
  private since = performance.now();

  /** Asks for the microphone. Throws a DOMException where there is none, or it may not be used. */
  static async begin(tick: (durationS: number, levels: readonly number[]) => void): Promise<Recording> {
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    return new Recording(await navigator.mediaDevices.getUserMedia({ audio }), tick);
  }

  private constructor(
    private readonly stream: MediaStream,
    tick: (durationS: number, levels: readonly number[]) => void,
  ) {
    const mimeType = TYPES.find((each) => MediaRecorder.isTypeSupported(each));
    this.recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: SPEECH_BITS_PER_S });
    this.recorder.ondataavailable = ({ data }) => this.chunks.push(data);
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = SAMPLES;
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.recorder.start(1_000);
    this.timer = setInterval(() => {
      if (!this.isPaused) this.measure();
      tick(this.durationS, this.levels);
    }, TICK_MS);
  }

  get isPaused(): boolean {
    return this.recorder.state === 'paused';
  }

  get durationS(): number {
    return (this.before + (this.isPaused ? 0 : performance.now() - this.since)) / 1000;
  }

  pause(): void {
    this.before += performance.now() - this.since;
    this.recorder.pause();
  }

  resume(): void {
    this.since = performance.now();
    this.recorder.resume();
  }

  /** Ends it, and returns what was recorded. */
  async finish(): Promise<Recorded> {
    const durationS = this.durationS;
    const stopped = new Promise((done) => (this.recorder.onstop = done));
    this.recorder.stop();
    await stopped;
    this.close();
    const type = this.recorder.mimeType.split(';')[0] || 'audio/webm';
    const name = `${VOICE_NAME}${new Date().toISOString().slice(0, 19).replace(/:/g, '-')}.${ENDINGS[type] ?? 'webm'}`;
    return { file: new File(this.chunks, name, { type, lastModified: Date.now() }), durationS, levels: this.levels };
  }

  /** Ends it; nothing of it is kept. */
  drop(): void {
    this.recorder.onstop = null;
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    this.close();
  }

  private measure(): void {
    this.analyser.getFloatTimeDomainData(this.samples);
    this.levels.push(levelOf(this.samples));
  }

  private close(): void {
    clearInterval(this.timer);
    this.stream.getTracks().forEach((each) => each.stop());
    void this.context.close();
  }
}

const ENDINGS: Readonly<Record<string, string>> = { 'audio/webm': 'webm', 'audio/ogg': 'ogg', 'audio/mp4': 'm4a' };

/** Returns why there is no recording. */
export function microphoneWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') {
    return $localize`:@@media.mic.denied:Charla may not use the microphone. Allow it in your browser's settings for this page.`;
  }
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return $localize`:@@media.mic.none:No microphone was found.`;
  if (name === 'NotReadableError' || name === 'AbortError') {
    return $localize`:@@media.mic.busy:The microphone does not answer. Perhaps another program is using it.`;
  }
  return $localize`:@@media.mic.unknown:Recording does not work in this browser.`;
}
