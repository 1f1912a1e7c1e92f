import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Api } from '@core/api';
import { Live } from '@core/live';
import type { Schemas } from '@core/wire';
import { Listing } from '@shared/listing';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { CurrentChannel } from '../current-channel';
import { PersonAvatar, PersonName } from '../people';

type Asking = Schemas['JoinRequestView'];

/** Who asks to be let in; live. */
@Component({
  selector: 'app-join-requests',
  imports: [PersonAvatar, PersonName, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (list.items().length) {
      <section class="join-requests" aria-labelledby="join-requests">
        <h3 id="join-requests" i18n="@@channels.requests">They ask to be let in</h3>
        <ul class="people">
          @for (each of list.items(); track each.user_id) {
            <li class="row">
              <app-person-avatar [id]="each.user_id" />
              <span class="row-text">
                <span class="row-title"><app-person-name [id]="each.user_id" /></span>
                <span class="row-line muted">{{ each.requested_at | time: 'ago' }}</span>
              </span>
              <button type="button" class="button is-small is-quiet" (click)="answer(each, false)" i18n="@@channels.requests.refuse">Refuse</button>
              <button type="button" class="button is-small" (click)="answer(each, true)" i18n="@@channels.requests.accept">Let in</button>
            </li>
          }
        </ul>
      </section>
    }
  `,
})
export class JoinRequests {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly current = inject(CurrentChannel);
  protected readonly list = new Listing<Asking>(() => {
    const params = { path: { channel_id: this.current.now.id } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/join-requests', { params }));
  });

  constructor() {
    void this.list.load();
    inject(Live).frames.pipe(takeUntilDestroyed()).subscribe((frame) => {
      if (frame.t === 'user_event' && frame.type === 'channel.join_requested') void this.list.load();
    });
  }

  protected async answer(request: Asking, accept: boolean): Promise<void> {
    this.list.change((items) => items.filter((each) => each !== request));
    try {
      const params = { path: { channel_id: this.current.now.id, user_id: request.user_id } };
      await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/join-requests/{user_id}', { params, body: { accept } }));
    } catch (error) {
      this.toasts.fail(error);
      await this.list.load();
    }
  }
}
