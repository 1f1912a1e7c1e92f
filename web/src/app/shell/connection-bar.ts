import { ChangeDetectionStrategy, Component, computed, effect, inject, signal } from '@angular/core';

import { Live } from '@core/live';

/** A connection that comes back at once is not worth a word. */
const GRACE_MS = 2_500;

/** Says when nothing new can arrive. */
@Component({
  selector: 'app-connection-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { role: 'status' },
  template: `
    @if (shown()) {
      <p class="connection-bar" i18n="@@core.connecting">No connection. Charla keeps trying …</p>
    }
  `,
})
export class ConnectionBar {
  protected readonly shown = signal(false);

  constructor() {
    const live = inject(Live);
    // Its attempts come and go; what counts is that none succeeded.
    const isDown = computed(() => !live.isConnected() && live.state() !== 'off');
    effect((onCleanup) => {
      if (!isDown()) return this.shown.set(false);
      const timer = setTimeout(() => this.shown.set(true), GRACE_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }
}
