import { ChangeDetectionStrategy, Component, OnInit, inject, input, signal } from '@angular/core';

import { ChannelStore } from '@core/channels/channel-store';

/** The name of a public channel, found by its id. */
@Component({
  selector: 'app-channel-name',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<bdi>{{ title() }}</bdi>`,
})
export class ChannelName implements OnInit {
  private readonly channels = inject(ChannelStore);
  readonly id = input.required<string>();
  protected readonly title = signal('…');

  ngOnInit(): void {
    const gone = $localize`:@@ads.channel_gone:A channel that is gone`;
    void this.channels.find(this.id()).then((found) => this.title.set(found.title), () => this.title.set(gone));
  }
}
