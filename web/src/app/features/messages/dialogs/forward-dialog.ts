import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { ChatStore, type Conversation, type Message } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Dialog } from '@shared/dialog';
import { Toasts } from '@shared/toast';

import { LinePipe } from '../text/line';
import { plainWords } from '../text/plain-words';

import { MessageUi } from './message-ui';

const MOST = 10;

/** Sends a message on, to up to ten conversations. */
@Component({
  selector: 'app-forward-dialog',
  imports: [Avatar, Dialog, LinePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Forward to" i18n-heading="@@messages.forward.heading">
      <input
        class="control"
        type="search"
        autocomplete="off"
        aria-label="Search chats"
        i18n-aria-label="@@messages.forward.search"
        placeholder="Search chats"
        i18n-placeholder="@@messages.forward.search"
        [value]="typed()"
        (input)="typed.set($any($event.target).value)"
      />
      <blockquote class="dialog-quote" dir="auto">{{ message() | line }}</blockquote>
      <ul class="forward-list" role="list">
        @for (each of shown(); track each.id) {
          <li>
            <label class="row">
              <app-avatar size="small" [id]="store.other(each) ?? each.id" [name]="store.title(each)" />
              <span class="row-text"
                ><span class="row-title">{{ store.title(each) }}</span></span
              >
              <input
                type="checkbox"
                [checked]="chosen().has(each.id)"
                [disabled]="isFull() && !chosen().has(each.id)"
                (change)="choose(each.id)"
              />
            </label>
          </li>
        } @empty {
          <li class="muted" i18n="@@messages.forward.none">No chat has that name.</li>
        }
      </ul>
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="ui.close()" i18n="@@messages.cancel">Cancel</button>
        <button
          type="button"
          class="button"
          [disabled]="chosen().size === 0"
          [attr.aria-busy]="isBusy()"
          (click)="send()"
        >
          <span i18n="@@messages.forward.send">{chosen().size, plural,
            =0 {Forward}
            =1 {Forward to 1 chat}
            other {Forward to {{ chosen().size }} chats}
          }</span>
        </button>
      </div>
    </app-dialog>
  `,
})
export class ForwardDialog {
  readonly message = input.required<Message>();
  protected readonly store = inject(ChatStore);
  protected readonly ui = inject(MessageUi);
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  /** Sending again after a failure sends nothing twice. */
  private readonly key = crypto.randomUUID().slice(0, 18);
  protected readonly typed = signal('');
  protected readonly chosen = signal<ReadonlySet<string>>(new Set());
  protected readonly isBusy = signal(false);
  protected readonly isFull = computed(() => this.chosen().size >= MOST);
  protected readonly shown = computed(() => {
    const words = plainWords(this.typed()).trim();
    return this.store.conversations().filter((each) => plainWords(this.store.title(each)).includes(words));
  });

  protected choose(id: string): void {
    this.chosen.update((chosen) =>
      chosen.has(id) ? new Set([...chosen].filter((each) => each !== id)) : new Set([...chosen, id]),
    );
  }

  protected async send(): Promise<void> {
    if (this.isBusy()) return;
    const places = this.store.conversations().filter((each) => this.chosen().has(each.id));
    await this.toasts.attempt(this.isBusy, async () => {
      for (const place of places) {
        await this.sendTo(place);
        this.choose(place.id);
      }
      this.ui.close();
      this.tell(places);
    });
  }

  private async sendTo(place: Conversation): Promise<void> {
    const params = { path: { message_id: this.message().id } };
    // At most 64 characters, the same for the same place.
    const body = { conversation_id: place.id, client_msg_id: `f-${this.key}-${place.id}` };
    this.store.messageChanged(
      await this.api.ask((http) => http.POST('/v1/messages/{message_id}/forward', { params, body })),
    );
  }

  private tell(places: readonly Conversation[]): void {
    const [first] = places;
    const action =
      places.length === 1 && first
        ? { label: $localize`:@@messages.forward.open:Open`, run: () => void this.router.navigate(['/c', first.id]) }
        : null;
    this.toasts.show($localize`:@@messages.forward.done:Forwarded`, action);
  }
}
