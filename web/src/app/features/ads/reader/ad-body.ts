import { ChangeDetectionStrategy, Component, computed, input, output } from '@angular/core';

import { Icon } from '@shared/icon';

import { MessageMedia } from '../../media';

/** What an ad shows; also before it is one. */
export interface Shown {
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly media_id: string | null;
}

/** The picture or film, the words and the link of an ad, for readers, advertisers and moderators alike. */
@Component({
  selector: 'app-ad-body',
  imports: [Icon, MessageMedia],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'ad-body' },
  template: `
    @if (carrier(); as message) {
      <app-message-media [message]="message" />
    }
    <a class="ad-link" target="_blank" rel="noopener noreferrer nofollow" [href]="ad().url" (click)="followed.emit()" (auxclick)="followed.emit()">
      <strong class="ad-title">{{ ad().title }}</strong>
      @if (ad().body) {<span class="ad-words">{{ ad().body }}</span>}
      <span class="ad-host"><app-icon name="link" />{{ host() }}<span class="visually-hidden">&nbsp;<span i18n="@@ads.new_tab">(opens in a new tab)</span></span></span>
    </a>
  `,
})
export class AdBody {
  readonly ad = input.required<Shown>();
  readonly followed = output<void>();
  protected readonly carrier = computed(() => {
    const { id, media_id } = this.ad();
    return media_id ? { id, media_ids: [media_id], created_at: new Date().toISOString() } : null;
  });
  protected readonly host = computed(() => hostOf(this.ad().url));
}

/** Returns where a link leads, as people know it. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^www\./u, '') : url;
}
