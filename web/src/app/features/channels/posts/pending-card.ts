import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { MessageMedia } from '../../media';
import { type Formatted, RichText } from '../../messages';

import { type Pending, PostSender } from './post-sender';

/** A post of one's own that is not published yet: shown at once, with what became of it. */
@Component({
  selector: 'app-pending-card',
  imports: [Icon, MessageMedia, RichText],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'post is-pending', role: 'article' },
  template: `
    @if (carrier().media_ids.length) {
      <app-message-media [message]="carrier()" />
    }
    @if (text(); as content) {
      <app-rich-text [content]="content" />
    }
    <footer class="post-foot">
      @if (pending().state === 'failed') {
        <span class="field-error"><app-icon name="alert" />{{ pending().problem?.words }}</span>
        <button type="button" class="text-button" (click)="sender.retry(pending().id)" i18n="@@channels.again">Try again</button>
        <button type="button" class="text-button" (click)="sender.discard(pending().id)" i18n="@@channels.discard">Discard</button>
      } @else {
        <span class="muted"><app-icon name="clock" /><span class="visually-hidden" i18n="@@channels.sending">Being published</span></span>
      }
    </footer>
  `,
})
export class PendingCard {
  protected readonly sender = inject(PostSender);
  readonly pending = input.required<Pending>();
  protected readonly text = computed(() => {
    const { text, entities } = this.pending().body;
    return text ? ({ text, entities: entities ?? [] } as Formatted) : null;
  });
  protected readonly carrier = computed(() => {
    const { id, body, begunAt } = this.pending();
    return { id, media_ids: body.media_ids ?? [], created_at: begunAt };
  });
}
