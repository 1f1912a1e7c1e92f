import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Api } from '@core/api';
import { Live } from '@core/live';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { CurrentChannel } from '../current-channel';

import { SubPage } from './sub-page';

type Waiting = Schemas['ScheduledPostView'];

/** Posts that wait for their time. */
@Component({
  selector: 'app-scheduled-posts',
  imports: [Dialog, Empty, Icon, LoadFailed, Skeleton, SubPage, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-sub-page heading="Scheduled posts" i18n-heading="@@channels.scheduled">
      @switch (list.state()) {
        @case ('loading') { <app-skeleton /> }
        @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
        @default {
          <ul class="cards">
            @for (each of list.items(); track each.id) {
              <li class="card">
                <p class="card-head"><app-icon name="clock" /><strong>{{ each.publish_at | time: 'full' }}</strong></p>
                <p class="post-text">@if (each.text) {{{ each.text }}} @else {<span class="muted" i18n="@@channels.media_post">Picture, video or file</span>}</p>
                <p class="card-actions"><button type="button" class="text-button is-danger" (click)="asking.set(each)" i18n="@@channels.call_off">Call off</button></p>
              </li>
            } @empty {
              <li><app-empty icon="clock" heading="Nothing is scheduled" i18n-heading="@@channels.none_scheduled" words="Write a post and press the clock beside it." i18n-words="@@channels.none_scheduled.words" /></li>
            }
          </ul>
        }
      }
    </app-sub-page>
    <app-dialog [open]="!!asking()" (openChange)="asking.set(null)" heading="Call this post off?" i18n-heading="@@channels.call_off.heading">
      <p class="post-text">{{ asking()?.text }}</p>
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="asking.set(null)" i18n="@@channels.cancel">Cancel</button>
        <button type="button" class="button is-danger" (click)="callOff()" i18n="@@channels.call_off">Call off</button>
      </div>
    </app-dialog>
  `,
})
export class Scheduled {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly current = inject(CurrentChannel);
  protected readonly asking = signal<Waiting | null>(null);
  protected readonly list = new Listing<Waiting>(() => {
    const params = { path: { channel_id: this.current.now.id } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/scheduled-posts', { params }));
  });

  constructor() {
    void this.list.load();
    inject(Live).frames.pipe(takeUntilDestroyed()).subscribe((frame) => {
      if (frame.t === 'user_event' && frame.type === 'scheduled_post.changed') void this.list.load();
    });
  }

  protected async callOff(): Promise<void> {
    const id = this.asking()?.id;
    this.asking.set(null);
    if (!id) return;
    try {
      const params = { path: { post_id: id } };
      await this.api.ask((http) => http.DELETE('/v1/scheduled-posts/{post_id}', { params }));
    } catch (error) {
      this.toasts.fail(error);
    }
    await this.list.load();
  }
}
