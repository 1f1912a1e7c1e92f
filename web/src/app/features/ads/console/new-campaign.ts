import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { Router } from '@angular/router';

import type { Currency } from '@shared/money/currencies';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { Intention } from '../../payments';

import { CampaignForm, FIELDS } from './campaign-form';
import { type CampaignFacts, Campaigns } from './campaigns';
import { ConsolePage } from './page';

/** A draft of a campaign; its ads come next. */
@Component({
  selector: 'app-new-campaign',
  imports: [CampaignForm, ConsolePage, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-console-page heading="New campaign" i18n-heading="@@ads.campaign.new">
      @if (currency(); as currency) {
        <app-campaign-form [currency]="currency" [sending]="sending" [label]="label" (sent)="save($event)" />
      } @else {
        <app-skeleton />
      }
    </app-console-page>
  `,
})
export class NewCampaign {
  private readonly campaigns = inject(Campaigns);
  private readonly router = inject(Router);
  protected readonly currency = signal<Currency | null>(null);
  protected readonly label = $localize`:@@ads.campaign.make:Make the draft`;
  protected readonly sending = new Submission(FIELDS);
  private readonly intention = new Intention();

  constructor() {
    const toasts = inject(Toasts);
    this.campaigns.currency().then((found) => this.currency.set(found), (error: unknown) => toasts.fail(error));
  }

  protected save(facts: CampaignFacts): void {
    void this.sending.run(async () => {
      const made = await this.campaigns.create(this.intention.keyFor(facts), facts);
      this.intention.done();
      await this.router.navigate(['/advertising', made.id]);
    });
  }
}
