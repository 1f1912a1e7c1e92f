import { Injectable, signal } from '@angular/core';

/** What a screen reader shall say. `polite` waits for its turn, `urgent` does not. */
@Injectable({ providedIn: 'root' })
export class Announcer {
  readonly polite = signal('');
  readonly urgent = signal('');

  say(words: string, urgency: 'polite' | 'urgent' = 'polite'): void {
    const region = this[urgency];
    // The same words twice are said twice: the region changes in between.
    region.set('');
    setTimeout(() => region.set(words), 50);
  }
}
