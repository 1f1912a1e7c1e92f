import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { injectItems } from '../store/media-item';
import { clockText } from '../words/format';
import { iconOf, nameOf } from '../words/words';

/** What a message carries, in a few words: for quotes, lists and notifications. */
@Component({
  selector: 'app-media-label',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'media-label' },
  template: `
    @if (words(); as words) {
      <app-icon [name]="icon()" />{{ words }}
    }
  `,
})
export class MediaLabel {
  readonly ids = input.required<readonly string[]>();
  private readonly items = injectItems(() => this.ids());
  private readonly first = computed(() => this.items()[0]);
  protected readonly icon = computed(() => {
    const kind = this.first()?.kind;
    return kind && kind !== 'unknown' && kind !== 'gone' ? iconOf(kind) : 'file';
  });
  protected readonly words = computed(() => {
    const [count, first] = [this.items().length, this.first()];
    if (count > 1) return $localize`:@@media.label.many:${count}:count: files`;
    if (!first || first.kind === 'unknown') return '';
    if (first.kind === 'gone') return $localize`:@@media.kind.file:File`;
    if (first.kind === 'document' || first.kind === 'file') return first.name || nameOf(first.kind);
    const seconds = first.media?.duration_s ?? first.upload?.look()?.durationS;
    return seconds && first.kind !== 'animation' ? `${nameOf(first.kind)} (${clockText(seconds)})` : nameOf(first.kind);
  });
}
