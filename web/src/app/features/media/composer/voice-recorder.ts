import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, computed, effect, inject, input, output, signal, untracked, viewChild } from '@angular/core';

import { Announcer } from '@shared/announcer';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { barsOf, pathOf } from '../store/waveform';
import { Playback } from '../show/playback';
import type { LocalLook } from '../uploads/upload';
import { Uploads } from '../uploads/uploads';
import { ClockPipe } from '../words/format';

import { Hold, type HoldEnd } from './hold';
import { type Recorded, Recording, canRecord, microphoneWords } from './recording';

const SHORTEST_S = 0.7;
const LONGEST_S = 30 * 60;
/** Bars of the live picture, and of the message. */
const BARS_SHOWN = 40;
const BARS_SENT = 80;

/**
 * Records a voice message. Holding the button records until it is let go of; a tap, or the keyboard, until it is sent.
 * `active` says that it needs the composer's whole width; `recorded` gives the media of a message that is to be sent.
 */
@Component({
  selector: 'app-voice-recorder',
  imports: [ClockPipe, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: {
    class: 'voice-recorder',
    '[class.is-active]': 'isRecording()',
    '(pointermove)': 'slide($event)',
    '(pointerup)': 'letGo()',
    '(pointercancel)': 'letGo()',
    '(keydown.escape)': 'isRecording() && cancel()',
  },
  templateUrl: './voice-recorder.html',
})
export class VoiceRecorder {
  readonly place = input.required<string>();
  readonly active = output<boolean>();
  readonly recorded = output<string[]>();

  private readonly uploads = inject(Uploads);
  private readonly toasts = inject(Toasts);
  private readonly announcer = inject(Announcer);
  private readonly playback = inject(Playback);
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly mic = viewChild<ElementRef<HTMLButtonElement>>('mic');
  private recording: Recording | null = null;
  private hold: Hold | null = null;
  private isAsking = false;
  private isGone = false;
  /** The place that a recording is meant for. */
  private begunIn = '';

  protected readonly isSupported = canRecord();
  protected readonly isRecording = signal(false);
  protected readonly isHeld = signal(false);
  protected readonly isPaused = signal(false);
  protected readonly seconds = signal(0);
  protected readonly levels = signal<readonly number[]>([]);
  protected readonly wave = computed(() => pathOf(lastOf(this.levels()), 32));
  protected readonly width = BARS_SHOWN * 3;

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.isGone = true;
      void this.leave();
    });
    // Somebody opened another conversation: what they said belongs to the first one.
    effect(() => {
      const place = this.place();
      untracked(() => place !== this.begunIn && void this.leave());
    });
  }

  protected press(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    // The button goes away while it is held; what it stands in stays.
    this.element.setPointerCapture(event.pointerId);
    this.hold = new Hold(event.clientX, event.clientY, document.dir === 'rtl');
    this.isHeld.set(true);
    void this.begin();
  }

  protected slide(event: PointerEvent): void {
    const end = this.hold?.move(event.clientX, event.clientY);
    if (end) this.endHold(end);
  }

  protected letGo(): void {
    if (this.hold) this.endHold(this.hold.release());
  }

  /** By keyboard or a screen reader: a click that no pointer made. */
  protected click(event: MouseEvent): void {
    if (event.detail === 0) void this.begin();
  }

  protected pauseOrResume(): void {
    if (!this.recording) return;
    if (this.recording.isPaused) this.recording.resume();
    else this.recording.pause();
    this.isPaused.set(this.recording.isPaused);
  }

  protected cancel(): void {
    this.recording?.drop();
    this.reset();
    this.announcer.say($localize`:@@media.voice.dropped:The recording was dropped`);
  }

  protected async send(): Promise<void> {
    const recorded = await this.finish();
    if (!recorded) return;
    const upload = this.uploads.addApart(this.begunIn, recorded.file, lookOf(recorded));
    try {
      const id = await this.uploads.takeApart(upload);
      if (this.isGone || this.place() !== upload.place) this.uploads.putBack(upload);
      else this.recorded.emit([id]);
    } catch (error) {
      this.uploads.putBack(upload); // from where it can be sent later
      this.toasts.fail(error);
    }
  }

  private async begin(): Promise<void> {
    if (this.recording || this.isAsking) return;
    this.isAsking = true;
    try {
      this.playback.stop();
      this.begunIn = this.place();
      this.recording = await Recording.begin((seconds, levels) => this.tick(seconds, levels));
      this.isRecording.set(true);
      this.active.emit(true);
      this.announcer.say($localize`:@@media.voice.begun:Recording`);
    } catch (error) {
      this.reset();
      this.toasts.show(microphoneWords(error));
    } finally {
      this.isAsking = false;
    }
  }

  private endHold(end: HoldEnd): void {
    this.hold = null;
    this.isHeld.set(false);
    // While the browser still asked for permission nothing was said: it goes on by itself.
    if (!this.recording || end === 'lock') return;
    if (end === 'cancel') this.cancel();
    else void this.send();
  }

  private tick(seconds: number, levels: readonly number[]): void {
    this.seconds.set(seconds);
    this.levels.set(lastOf(levels));
    if (seconds >= LONGEST_S && !this.isPaused()) {
      this.pauseOrResume();
      this.toasts.show($localize`:@@media.voice.longest:A voice message lasts at most 30 minutes. Send it, or drop it.`);
    }
  }

  private async finish(): Promise<Recorded | null> {
    const recording = this.recording;
    if (!recording) return null;
    this.recording = null;
    const recorded = await recording.finish();
    this.reset();
    if (recorded.durationS >= SHORTEST_S) return recorded;
    this.toasts.show($localize`:@@media.voice.short:That was too short. Hold the button while you speak, or tap it once to begin.`);
    return null;
  }

  private reset(): void {
    this.recording = null;
    this.hold = null;
    this.isHeld.set(false);
    this.isPaused.set(false);
    this.seconds.set(0);
    this.levels.set([]);
    if (!this.isRecording()) return;
    this.isRecording.set(false);
    this.active.emit(false);
    setTimeout(() => this.mic()?.nativeElement.focus());
  }

  /** Somebody goes elsewhere while they record: what they said stays with the attached files. */
  private async leave(): Promise<void> {
    const [recording, place] = [this.recording, this.begunIn];
    if (!recording) return;
    this.recording = null;
    if (!this.isGone) this.reset();
    const recorded = await recording.finish();
    if (recorded.durationS >= SHORTEST_S) this.uploads.putBack(this.uploads.addApart(place, recorded.file, lookOf(recorded)));
  }
}

function lastOf(levels: readonly number[]): readonly number[] {
  const last = levels.slice(-BARS_SHOWN);
  return [...new Array<number>(BARS_SHOWN - last.length).fill(0), ...last];
}

function lookOf({ durationS, levels }: Recorded): LocalLook {
  return { url: null, width: 0, height: 0, durationS, waveform: barsOf(levels, Math.min(BARS_SENT, Math.max(1, levels.length))) };
}
