import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Icon } from '@shared/icon';
import { Submission } from '@shared/submission';

import { type ChannelFacts, ChannelForm } from './channel-form';

@Component({
  selector: 'app-new-channel',
  imports: [ChannelForm, Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button pane-back" routerLink="/channels" aria-label="Back" i18n-aria-label="@@core.back"><app-icon name="back" /></a>
      <h2 i18n="@@channels.new">New channel</h2>
    </header>
    <div class="pane-body">
      <app-channel-form [label]="label" [busy]="submission.isBusy()" [problem]="submission.problem()" (sent)="create($event)" />
    </div>
  `,
})
export class NewChannel {
  private readonly api = inject(Api);
  private readonly channels = inject(ChannelStore);
  private readonly router = inject(Router);
  protected readonly label = $localize`:@@channels.create:Create the channel`;
  protected readonly submission = new Submission();
  /** The same for each attempt, so that a broken one makes no second channel; another form is another wish. */
  private wish = { body: '', key: '' };

  protected create(body: ChannelFacts): Promise<void> {
    return this.submission.run(async () => {
      const params = { header: { 'Idempotency-Key': this.keyFor(body) } };
      const channel = await this.api.ask((http) => http.POST('/v1/channels', { params, body }));
      this.channels.put(channel);
      await this.router.navigateByUrl(pathOf(channel));
    });
  }

  private keyFor(facts: ChannelFacts): string {
    const body = JSON.stringify(facts);
    if (body !== this.wish.body) this.wish = { body, key: crypto.randomUUID() };
    return this.wish.key;
  }
}
