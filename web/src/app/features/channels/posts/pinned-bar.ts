import { ChangeDetectionStrategy, Component, computed, input, linkedSignal, output } from '@angular/core';

import type { Post } from '@core/channels/channel';
import { Icon } from '@shared/icon';

/** The pinned posts, one after the other with each press; the newest first. */
@Component({
  selector: 'app-pinned-bar',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" class="pinned-bar" (click)="show()">
      <app-icon name="pin" />
      <span class="row-text">
        <span class="pinned-bar-label" i18n="@@channels.pinned">{posts().length, plural, =1 {Pinned post} other {Pinned post {{ place() }} of {{ posts().length }}}}</span>
        <span class="row-line">{{ words() }}</span>
      </span>
    </button>
  `,
})
export class PinnedBar {
  readonly posts = input.required<readonly Post[]>();
  readonly chosen = output<Post>();
  private readonly at = linkedSignal(() => this.posts().length - 1);
  private readonly shown = computed(() => this.posts()[this.at()]);
  protected readonly place = computed(() => this.at() + 1);
  protected readonly words = computed(() => this.shown()?.text || $localize`:@@channels.media_post:Picture, video or file`);

  protected show(): void {
    const post = this.shown();
    if (!post) return;
    this.chosen.emit(post);
    this.at.update((at) => (at + this.posts().length - 1) % this.posts().length);
  }
}
