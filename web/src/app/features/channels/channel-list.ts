import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';

import { type Channel, isQuiet, pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

import { MediaAvatar, MediaLabel } from '../media';

/** The channels that one follows, those with the newest posts first. */
@Component({
  selector: 'app-my-channels',
  imports: [MediaAvatar, Empty, Icon, MediaLabel, Panes, RouterLink, RouterLinkActive, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './channel-list.html',
})
export class ChannelList {
  protected readonly channels = inject(ChannelStore);
  protected readonly typed = signal('');
  protected readonly pathOf = pathOf;
  protected readonly isQuiet = (channel: Channel) => isQuiet(channel);
  protected readonly shown = computed(() => {
    const words = folded(this.typed());
    return words ? this.channels.mine().filter((each) => folded(`${each.title} ${each.handle ?? ''}`).includes(words)) : this.channels.mine();
  });
  protected readonly query = computed(() => ({ q: this.typed().trim() || null }));

  protected previewOf(channel: Channel): string {
    return this.channels.newest(channel.id)?.text ?? channel.description;
  }

  /** What the newest post carries, where it has no text. */
  protected filesOf(channel: Channel): readonly string[] | null {
    const post = this.channels.newest(channel.id);
    return post && !post.text ? post.media_ids : null;
  }
}

/** Letters as people compare them: without case and accents. */
function folded(text: string): string {
  return text.trim().normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
