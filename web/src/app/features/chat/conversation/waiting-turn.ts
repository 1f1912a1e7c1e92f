import { DestroyRef, type Signal, computed, inject } from '@angular/core';

import { Language } from '@core/language';
import { type Conversation, SlowMode, secondsLeft } from '@core/store';

import { Clock, timeLeft } from '../../messages';

/** Returns how long one has to wait before one may write, in words and by the second; null when one may. */
export function injectWaitingTurn(conversation: () => Conversation): Signal<string | null> {
  const [slowMode, language, clock] = [inject(SlowMode), inject(Language).current, inject(Clock)];
  const until = computed(() => slowMode.until(conversation()));
  const ticking = clock.watch();
  inject(DestroyRef).onDestroy(ticking.stop);
  return computed(() => {
    if (!until()) return null;
    const left = secondsLeft(until(), Math.max(ticking.now(), Date.now()), conversation().slow_mode_s);
    return left > 0 ? timeLeft(left, language) : null;
  });
}
