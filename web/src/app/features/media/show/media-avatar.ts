import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import { Avatar } from '@shared/avatar';

import { HeldLink } from '../store/held-link';
import { addressOf } from '../store/links';
import { injectItems } from '../store/media-item';
import { pictureFor } from '../store/variants';

/** The largest avatar on a sharp screen, in pixels. */
const WIDTH = 160;

/** The avatar of something whose picture is a media, such as a channel; initials until it is there, or where it is gone. */
@Component({
  selector: 'app-media-avatar',
  imports: [Avatar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'media-avatar' },
  template: `<app-avatar [id]="id()" [name]="name()" [size]="size()" [picture]="source()" (loaded)="held.loaded()" (failed)="held.failed()" />`,
})
export class MediaAvatar {
  readonly id = input.required<string>();
  readonly name = input.required<string>();
  /** The media's id. */
  readonly picture = input.required<string | null>();
  readonly size = input<'small' | 'medium' | 'large'>('medium');

  private readonly items = injectItems(() => (this.picture() ? [this.picture()!] : []));
  private readonly shown = computed(() => {
    const media = this.items()[0]?.media;
    const variant = media && pictureFor(media, WIDTH);
    return variant ? { id: media.id, variant: variant.name } : null;
  });
  protected readonly held = new HeldLink(() => this.shown()?.id ?? null);
  protected readonly source = computed(() => {
    const [shown, link] = [this.shown(), this.held.link()];
    return shown && link?.media_id === shown.id ? addressOf(link, shown.variant) : null;
  });
}
