import { ChangeDetectionStrategy, Component, DestroyRef, ElementRef, computed, effect, inject, input, signal, viewChild } from '@angular/core';

import { Language } from '@core/language';
import { Icon } from '@shared/icon';

import { HeldLink } from '../store/held-link';
import { VOICE_NAME } from '../store/kinds';
import { addressOf } from '../store/links';
import type { MediaItem } from '../store/media-item';
import { barsOf, pathOf } from '../store/waveform';
import { ClockPipe, spokenLength } from '../words/format';

import { MediaState } from './media-state';
import { Playback } from './playback';

const BARS = 48;
const HEIGHT = 28;

/** Plays a voice message, or another sound: its waveform is what one seeks in. */
@Component({
  selector: 'app-voice-player',
  imports: [ClockPipe, Icon, MediaState],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'voice' },
  templateUrl: './voice-player.html',
})
export class VoicePlayer {
  readonly item = input.required<MediaItem>();
  protected readonly playback = inject(Playback);
  private readonly language = inject(Language).current;
  private readonly audio = viewChild.required<ElementRef<HTMLAudioElement>>('audio');

  protected readonly isReady = computed(() => this.item().media?.state === 'ready');
  protected readonly held = new HeldLink(() => (this.isReady() ? this.item().id : null));
  protected readonly source = computed(() => {
    const link = this.held.link();
    return link && addressOf(link, playsOgg() ? 'original' : 'voice.m4a');
  });
  protected readonly isPlaying = signal(false);
  protected readonly at = signal(0);
  protected readonly seconds = computed(() => this.item().media?.duration_s ?? this.item().upload?.look()?.durationS ?? 0);
  /** A recorded message has no name that says anything. */
  protected readonly name = computed(() => (this.item().name.startsWith(VOICE_NAME) ? '' : this.item().name));
  protected readonly path = computed(() => {
    const waveform = this.item().media?.waveform ?? this.item().upload?.look()?.waveform ?? [];
    return pathOf(barsOf(waveform, BARS), HEIGHT);
  });
  protected readonly box = `0 0 ${BARS * 3} ${HEIGHT + 2}`;
  protected readonly played = computed(() => (this.seconds() > 0 ? Math.min(1, this.at() / this.seconds()) : 0));
  protected readonly place = computed(() => `${spokenLength(this.at(), this.language)} / ${spokenLength(this.seconds(), this.language)}`);
  /** Where to go on after the link was replaced. */
  private goOn: { at: number; playing: boolean } | null = null;
  private frame = 0;

  constructor() {
    effect(() => (this.audio().nativeElement.playbackRate = this.playback.speed()));
    inject(DestroyRef).onDestroy(() => {
      cancelAnimationFrame(this.frame);
      this.audio().nativeElement.pause();
    });
  }

  protected toggle(): void {
    const audio = this.audio().nativeElement;
    if (!audio.paused) return audio.pause();
    this.playback.begin(audio);
    audio.playbackRate = this.playback.speed();
    // Refused where a newer press was faster, or what failed is told by the element itself.
    void audio.play().catch(() => undefined);
  }

  protected seek(seconds: number): void {
    this.at.set(seconds);
    const audio = this.audio().nativeElement;
    if (audio.readyState > 0) audio.currentTime = seconds;
    else this.goOn = { at: seconds, playing: this.goOn?.playing ?? false };
  }

  protected onPlay(): void {
    this.isPlaying.set(true);
    this.follow();
  }

  protected onPause(): void {
    this.isPlaying.set(false);
    cancelAnimationFrame(this.frame);
  }

  protected onEnded(): void {
    this.at.set(0);
    this.audio().nativeElement.currentTime = 0;
  }

  protected onLoaded(): void {
    this.held.loaded();
    const audio = this.audio().nativeElement;
    audio.playbackRate = this.playback.speed();
    if (!this.goOn) return;
    audio.currentTime = this.goOn.at;
    if (this.goOn.playing) void audio.play().catch(() => undefined);
    this.goOn = null;
  }

  protected onError(): void {
    if (!this.source()) return;
    this.goOn = { at: this.at(), playing: this.isPlaying() };
    this.isPlaying.set(false);
    this.held.failed();
  }

  private follow(): void {
    this.at.set(this.audio().nativeElement.currentTime);
    if (this.isPlaying()) this.frame = requestAnimationFrame(() => this.follow());
  }
}

let ogg: boolean | undefined;

function playsOgg(): boolean {
  ogg ??= document.createElement('audio').canPlayType('audio/ogg; codecs="opus"') !== '';
  return ogg;
}
