import { Injectable, signal } from '@angular/core';

const KEY = 'charla.voice-speed';
const SPEEDS = [1, 1.5, 2];

/** What sounds: one thing at a time, at the speed that somebody chose last. */
@Injectable({ providedIn: 'root' })
export class Playback {
  private readonly chosen = signal(remembered());
  private playing: HTMLMediaElement | null = null;
  readonly speed = this.chosen.asReadonly();

  /** Silences whatever sounds for the sake of this. */
  begin(element: HTMLMediaElement): void {
    if (this.playing !== element) this.stop();
    this.playing = element;
  }

  stop(): void {
    this.playing?.pause();
    this.playing = null;
  }

  nextSpeed(): void {
    const next = SPEEDS[(SPEEDS.indexOf(this.chosen()) + 1) % SPEEDS.length]!;
    localStorage.setItem(KEY, String(next));
    this.chosen.set(next);
  }
}

function remembered(): number {
  const said = Number(localStorage.getItem(KEY));
  return SPEEDS.includes(said) ? said : 1;
}
