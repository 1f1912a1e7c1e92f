import { ChangeDetectionStrategy, Component, effect, inject, input, untracked } from '@angular/core';
import { RouterOutlet } from '@angular/router';

import { Skeleton } from '@shared/spinner';

import { CurrentChannel } from './current-channel';
import { MissingChannel } from './missing';

/** Around the pages behind a channel: finds it once for all of them. */
@Component({
  selector: 'app-channel-frame',
  imports: [MissingChannel, RouterOutlet, Skeleton],
  providers: [CurrentChannel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (current.problem(); as problem) {
      <app-missing-channel [problem]="problem" />
    } @else if (current.channel()) {
      <router-outlet />
    } @else {
      <app-skeleton />
    }
  `,
})
export class ChannelFrame {
  protected readonly current = inject(CurrentChannel);
  readonly key = input.required<string>();

  constructor() {
    effect(() => {
      const key = this.key();
      untracked(() => void this.current.open(key));
    });
  }
}
