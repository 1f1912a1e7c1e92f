import { ChangeDetectionStrategy, Component, type OnInit, inject, input } from '@angular/core';

import { NotificationStore } from '@core/notifications/notification-store';
import { Spinner } from '@shared/spinner';

import { Sources } from './sources';

/** Where a push leads: it finds the place, and goes there. */
@Component({
  selector: 'app-go',
  imports: [Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `<app-spinner />`,
})
export class Go implements OnInit {
  private readonly sources = inject(Sources);
  private readonly store = inject(NotificationStore);
  readonly id = input<string>();
  readonly kind = input<string>();
  readonly conversation = input<string>();
  readonly message = input<string>();
  readonly channel = input<string>();
  readonly post = input<string>();

  ngOnInit(): void {
    const id = this.id();
    if (id) this.store.markRead(id).catch(() => undefined);
    void this.sources.open({
      kind: this.kind(),
      conversation_id: this.conversation(),
      message_id: this.message(),
      channel_id: this.channel(),
      post_id: this.post(),
    });
  }
}
