import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';

import { type Channel, type Post, hasRole } from '@core/channels/channel';
import { Session } from '@core/session';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { TimePipe } from '@shared/time';

import { MessageMedia } from '../../media';
import { EmojiPicker, MessageUi, RichText } from '../../messages';
import { LockedPost, TipButton } from '../../payments';
import { AmountPipe } from '../amount';
import { ChannelActions } from '../channel-actions';
import { PersonName } from '../people';

/** The emoji that are one press away. */
const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🎉'] as const;

/** One post: what it says and shows, how it was taken, and what one may do with it. */
@Component({
  selector: 'app-post-card',
  imports: [AmountPipe, Dialog, EmojiPicker, Icon, LockedPost, Menu, MenuItem, MessageMedia, PersonName, RichText, TimePipe, TipButton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'post', role: 'article', '[attr.aria-label]': 'label()' },
  templateUrl: './post-card.html',
})
export class PostCard {
  private readonly actions = inject(ChannelActions);
  private readonly session = inject(Session);
  readonly channel = input.required<Channel>();
  readonly post = input.required<Post>();
  readonly changed = output<Post>();
  readonly gone = output<string>();
  readonly edit = output<Post>();
  protected readonly ui = inject(MessageUi);
  protected readonly quick = QUICK;
  protected readonly asking = signal(false);
  protected readonly isMine = computed(() => this.post().author_id === this.session.me()?.id);
  protected readonly isAdmin = computed(() => hasRole(this.channel(), 'admin'));
  protected readonly mayEdit = computed(() => this.isMine() && hasRole(this.channel(), 'author'));
  protected readonly mayDelete = computed(() => this.mayEdit() || this.isAdmin());
  protected readonly isSold = computed(() => this.post().paid || !!this.post().price);
  protected readonly mayTip = computed(() => !!this.channel().subscription && this.channel().owner_id !== this.session.me()?.id);
  protected readonly label = computed(() => this.post().text.slice(0, 80) || this.channel().title);

  protected async react(emoji: string): Promise<void> {
    const post = await this.actions.react(this.post(), emoji);
    if (post) this.changed.emit(post);
  }

  protected async pin(): Promise<void> {
    const post = await this.actions.pin(this.post());
    if (post) this.changed.emit(post);
  }

  protected comment(): void {
    void this.actions.comment(this.post());
  }

  protected copyLink(): void {
    void this.actions.copy(this.actions.linkOf(this.channel(), this.post()), $localize`:@@channels.link_copied:Link copied`);
  }

  protected copyText(): void {
    void this.actions.copy(this.post().text, $localize`:@@channels.text_copied:Text copied`);
  }

  protected async remove(): Promise<void> {
    this.asking.set(false);
    const { id } = this.post();
    if (await this.actions.deletePost(this.post())) this.gone.emit(id);
  }
}
