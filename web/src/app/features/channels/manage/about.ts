import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { type Level, hasRole } from '@core/channels/channel';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { MediaAvatar } from '../../media';

import { AmountPipe } from '../amount';
import { ChannelActions } from '../channel-actions';
import { CurrentChannel } from '../current-channel';
import { PersonName } from '../people';

import { SubPage } from './sub-page';

const HOUR_MS = 3_600_000;

/** What a channel is, and how one hears of it. */
@Component({
  selector: 'app-about-channel',
  imports: [AmountPipe, MediaAvatar, Icon, PersonName, RouterLink, SubPage, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './about.html',
})
export class About {
  private readonly router = inject(Router);
  protected readonly actions = inject(ChannelActions);
  protected readonly current = inject(CurrentChannel);
  private readonly now = signal(Date.now());
  protected readonly isTeam = computed(() => hasRole(this.current.channel(), 'author'));
  protected readonly isOwner = computed(() => hasRole(this.current.channel(), 'owner'));
  protected readonly isAdmin = computed(() => hasRole(this.current.channel(), 'admin'));
  protected readonly mutedUntil = computed(() => {
    const until = this.current.channel()?.subscription?.muted_until;
    return until && Date.parse(until) > this.now() ? until : null;
  });
  protected readonly levels: readonly { id: Level; icon: string; name: string; words: string }[] = [
    { id: 'all', icon: 'bell', name: $localize`:@@channels.level.all:All posts`, words: $localize`:@@channels.level.all.words:You are told of every post.` },
    { id: 'mentions', icon: 'at', name: $localize`:@@channels.level.mentions:Only when I am mentioned`, words: $localize`:@@channels.level.mentions.words:Other posts are only counted.` },
    { id: 'silent', icon: 'bell-off', name: $localize`:@@channels.level.silent:Silent`, words: $localize`:@@channels.level.silent.words:You are never told; the channel stays in your list.` },
  ];
  protected readonly pauses: readonly { hours: number; name: string }[] = [
    { hours: 1, name: $localize`:@@channels.mute.hour:1 hour` },
    { hours: 8, name: $localize`:@@channels.mute.hours:8 hours` },
    { hours: 24 * 7, name: $localize`:@@channels.mute.week:1 week` },
  ];

  protected choose(level: Level): void {
    void this.actions.follow(this.current.now, level, this.mutedUntil());
  }

  protected mute(hours: number): void {
    const until = hours ? new Date(Date.now() + hours * HOUR_MS).toISOString() : null;
    this.now.set(Date.now());
    void this.actions.follow(this.current.now, this.current.now.subscription?.level ?? 'all', until);
  }

  protected copyLink(): void {
    void this.actions.copy(this.actions.linkOf(this.current.now), $localize`:@@channels.link_copied:Link copied`);
  }

  protected showTopic(topic: string): void {
    void this.router.navigate(['/channels/browse'], { queryParams: { topic } });
  }
}
