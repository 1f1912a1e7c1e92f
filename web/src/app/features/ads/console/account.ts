import { ChangeDetectionStrategy, Component, computed, effect, inject, untracked } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { Router } from '@angular/router';

import { hasRole } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Control, Field } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import type { Advertiser } from '../ads';

import { Campaigns } from './campaigns';
import { ConsolePage } from './page';

/** Who advertises: the name that stands on each ad, the website, and the brand's own channel. */
@Component({
  selector: 'app-advertiser-account',
  imports: [ConsolePage, Control, Field, Notice, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-console-page heading="Advertiser's account" i18n-heading="@@ads.account">
      <form class="form" novalidate [formGroup]="form" (ngSubmit)="save()">
        <app-notice [words]="sending.general()" />
        <app-field label="Name on your ads" i18n-label="@@ads.account.name" [error]="sending.at('name')">
          <input appControl formControlName="name" maxlength="60" autocomplete="organization" aria-required="true" />
        </app-field>
        <app-field label="Website (optional)" i18n-label="@@ads.account.website" hint="A whole address that begins with https://" i18n-hint="@@ads.url.hint" [error]="sending.at('website')">
          <input appControl formControlName="website" type="url" inputmode="url" maxlength="2000" autocomplete="url" />
        </app-field>
        <app-field label="Channel of the brand (optional)" i18n-label="@@ads.account.channel" hint="A public channel of yours; its name leads there, and new campaigns can be announced in it." i18n-hint="@@ads.account.channel.hint" [error]="sending.at('channel_id')">
          <select appControl formControlName="channel">
            <option value="" i18n="@@ads.account.no_channel">None</option>
            @for (each of own(); track each.id) {
              <option [value]="each.id">{{ each.title }}</option>
            }
          </select>
        </app-field>
        <p class="panel-actions"><button type="submit" class="button" [attr.aria-busy]="sending.isBusy()" i18n="@@ads.save">Save</button></p>
      </form>
    </app-console-page>
  `,
})
export class AdvertiserAccount {
  private readonly channels = inject(ChannelStore);
  private readonly campaigns = inject(Campaigns);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  protected readonly form = inject(NonNullableFormBuilder).group({ name: '', website: '', channel: '' });
  protected readonly sending = new Submission({ unknown_channel: 'channel_id', channel_role_too_low: 'channel_id', invalid_url: 'website', name: 'name' });
  protected readonly own = computed(() => this.channels.mine().filter((each) => each.visibility === 'public' && hasRole(each, 'owner')));

  constructor() {
    effect(() => {
      const advertiser = this.campaigns.advertiser();
      untracked(() => advertiser && this.fill(advertiser));
    });
  }

  protected save(): void {
    const { name, website, channel } = this.form.getRawValue();
    const isNew = !this.campaigns.advertiser();
    void this.sending.run(async () => {
      await this.campaigns.saveAccount({ name: name.trim(), website: website.trim() || null, channel_id: channel || null });
      this.toasts.show($localize`:@@ads.saved:Saved`);
      if (isNew) await this.router.navigateByUrl('/advertising/new');
    });
  }

  private fill({ name, website, channel_id }: Advertiser): void {
    this.form.setValue({ name, website: website ?? '', channel: channel_id ?? '' });
  }
}
