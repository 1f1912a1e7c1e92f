import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { type Notice, NotificationStore } from '@core/notifications/notification-store';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { NoticeRow } from './notice-row';
import { reasonOf, remedyOf } from './notice-words';
import { Sources } from './sources';

/** What happened while one was away; live. */
@Component({
  selector: 'app-notifications',
  imports: [Dialog, Empty, Icon, NoticeRow, Panes, RouterLink, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './centre.html',
})
export class Centre {
  private readonly sources = inject(Sources);
  private readonly toasts = inject(Toasts);
  protected readonly store = inject(NotificationStore);
  protected readonly asking = signal<Notice | null>(null);
  protected readonly reason = computed(() => (this.asking() ? reasonOf(this.asking()!) : ''));
  protected readonly remedy = computed(() => (this.asking() ? remedyOf(this.asking()!) : null));

  constructor() {
    void this.store.load();
  }

  protected open(notice: Notice): void {
    if (!notice.read) this.read(notice);
    void this.sources.open(notice);
  }

  protected read(notice: Notice): void {
    this.store.markRead(notice.id).catch((error: unknown) => this.toasts.fail(error));
  }

  protected readAll(): void {
    this.store.markAllRead().catch((error: unknown) => this.toasts.fail(error));
  }

  protected more(): void {
    this.store.more().catch((error: unknown) => this.toasts.fail(error));
  }
}
