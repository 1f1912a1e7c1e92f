import { ChangeDetectionStrategy, Component, type OnDestroy, computed, inject, input, linkedSignal, untracked } from '@angular/core';

import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';

import { MediaAvatar, Uploads } from '../../media';

/** The picture of a channel: shown, chosen, taken away. It is sent at once, and belongs to the channel when it is saved. */
@Component({
  selector: 'app-picture-field',
  imports: [Avatar, Icon, MediaAvatar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'picture-field' },
  template: `
    @if (chosen(); as upload) {
      <app-avatar size="large" [id]="of()" [name]="name()" [picture]="upload.look()?.url ?? null" />
    } @else {
      <app-media-avatar size="large" [id]="of()" [name]="name()" [picture]="kept()" />
    }
    <button type="button" class="button is-quiet" (click)="files.click()"><app-icon name="image" /><span i18n="@@channels.picture.choose">Choose a picture</span></button>
    @if (chosen() || kept()) {
      <button type="button" class="icon-button" aria-label="Take the picture away" i18n-aria-label="@@channels.picture.remove" (click)="remove()"><app-icon name="trash" /></button>
    }
    <input #files class="media-input" type="file" accept="image/*" tabindex="-1" aria-label="Picture of the channel" i18n-aria-label="@@channels.picture" (change)="choose(files)" />
  `,
})
export class PictureField implements OnDestroy {
  private readonly uploads = inject(Uploads);
  /** Whose picture it is: the channel's id, or `new`. */
  readonly of = input.required<string>();
  readonly name = input.required<string>();
  /** The picture that it has. */
  readonly picture = input.required<string | null>();

  protected readonly kept = linkedSignal(() => this.picture());
  private readonly place = computed(() => `channel-picture:${this.of()}`);
  protected readonly chosen = computed(() => this.uploads.of(this.place())()[0] ?? null);

  ngOnDestroy(): void {
    this.drop();
  }

  /** Returns the id of what shall be the picture; a second attempt at saving gets the same. Throws a ProblemError. */
  async take(): Promise<string | null> {
    const [taken] = await this.uploads.take(this.place());
    if (taken) this.kept.set(taken);
    return this.kept();
  }

  protected choose(files: HTMLInputElement): void {
    const file = files.files?.[0];
    if (file?.type.startsWith('image/')) {
      this.drop();
      this.uploads.add(this.place(), [file]);
    }
    files.value = ''; // so that the same file can be chosen again
  }

  protected remove(): void {
    this.drop();
    this.kept.set(null);
  }

  private drop(): void {
    untracked(this.uploads.of(this.place())).forEach((each) => this.uploads.cancel(each));
  }
}
