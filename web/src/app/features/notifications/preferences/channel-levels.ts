import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { type Channel, type Level, pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Avatar } from '@shared/avatar';
import { Toasts } from '@shared/toast';

/** The channels that one follows, each with what one is told of it. */
@Component({
  selector: 'app-channel-levels',
  imports: [Avatar, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (channels.mine().length) {
      <section class="choices" aria-labelledby="channel-levels">
        <h3 id="channel-levels" class="choices-legend" i18n="@@notifications.channels">Channels that you follow</h3>
        <ul>
          @for (each of channels.mine(); track each.id) {
            <li class="row level-row">
              <app-avatar size="small" [id]="each.id" [name]="each.title" />
              <a class="row-text row-title" [routerLink]="pathOf(each)"><bdi>{{ each.title }}</bdi></a>
              <select #level class="control" [attr.aria-label]="labelOf(each)" (change)="choose(each, level.value)">
                @for (one of levels; track one.id) {<option [value]="one.id" [selected]="each.subscription?.level === one.id">{{ one.name }}</option>}
              </select>
            </li>
          }
        </ul>
      </section>
    }
  `,
})
export class ChannelLevels {
  private readonly toasts = inject(Toasts);
  protected readonly channels = inject(ChannelStore);
  protected readonly pathOf = pathOf;
  protected readonly levels: readonly { id: Level; name: string }[] = [
    { id: 'all', name: $localize`:@@notifications.level.all:All posts` },
    { id: 'mentions', name: $localize`:@@notifications.level.mentions:Mentions` },
    { id: 'silent', name: $localize`:@@notifications.level.silent:Nothing` },
  ];

  protected labelOf({ title }: Channel): string {
    return $localize`:@@notifications.level.of:What you are told of ${title}:channel:`;
  }

  protected choose(channel: Channel, level: string): void {
    const muted = channel.subscription?.muted_until ?? null;
    this.channels.follow(channel.id, level as Level, muted).catch((error: unknown) => this.toasts.fail(error));
  }
}
