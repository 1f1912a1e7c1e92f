import { ChangeDetectionStrategy, Component, effect, inject, input, signal, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Router, RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Live } from '@core/live';
import { asProblem } from '@core/problem';
import { Empty } from '@shared/empty';

type State = 'asking' | 'sending' | 'requested' | 'refused' | 'failed';

/** Where the link of an invitation leads: one accepts it, and may have to wait until somebody lets one in. */
@Component({
  selector: 'app-accept-invite',
  imports: [Empty, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `
    @switch (state()) {
      @case ('requested') {
        <app-empty icon="clock" heading="Your request is on its way" i18n-heading="@@channels.accept.requested"
          words="The channel's admins decide. As soon as you are let in, the channel opens here." i18n-words="@@channels.accept.requested.words">
          <a class="button is-quiet" routerLink="/channels" i18n="@@channels.accept.meanwhile">To your channels</a>
        </app-empty>
      }
      @case ('refused') {
        <app-empty icon="ban" heading="You were not let in" i18n-heading="@@channels.accept.refused">
          <a class="button is-quiet" routerLink="/channels" i18n="@@channels.accept.meanwhile">To your channels</a>
        </app-empty>
      }
      @case ('failed') {
        <app-empty icon="link" [heading]="words()">
          <a class="button is-quiet" routerLink="/channels" i18n="@@channels.accept.meanwhile">To your channels</a>
        </app-empty>
      }
      @default {
        <app-empty icon="channel" heading="You are invited to a channel" i18n-heading="@@channels.accept.heading"
          words="Its team sees your name when you follow it." i18n-words="@@channels.accept.words">
          <button type="button" class="button" [attr.aria-busy]="state() === 'sending'" (click)="accept()" i18n="@@channels.accept">Follow the channel</button>
        </app-empty>
      }
    }
  `,
})
export class AcceptInvite {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly channels = inject(ChannelStore);
  readonly code = input.required<string>();
  protected readonly state = signal<State>('asking');
  protected readonly words = signal('');
  private joined = false;

  constructor() {
    effect(() => {
      this.code();
      untracked(() => this.state.set('asking'));
    });
    inject(Live).frames.pipe(takeUntilDestroyed()).subscribe((frame) => {
      if (frame.t !== 'user_event' || this.state() !== 'requested') return;
      if (frame.type === 'channel.joined') void this.open(frame.data['channel_id'] as string);
      if (frame.type === 'channel.join_refused') this.state.set('refused');
    });
  }

  protected async accept(): Promise<void> {
    if (this.state() === 'sending') return;
    this.state.set('sending');
    try {
      const { channel } = await this.api.ask((http) => http.POST('/v1/invites/accept', { body: { code: this.code() } }));
      if (!channel) return this.state.set('requested');
      this.channels.put(channel);
      await this.router.navigateByUrl(pathOf(channel));
    } catch (error) {
      this.words.set(asProblem(error).words);
      this.state.set('failed');
    }
  }

  private async open(id: string): Promise<void> {
    if (this.joined) return;
    this.joined = true;
    await this.router.navigate(['/channels', id]);
  }
}
