import { ChangeDetectionStrategy, Component, OnInit, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';

import { type ProblemError, asProblem } from '@core/problem';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';

import type { Campaign } from '../ads';

import { CampaignForm, FIELDS } from './campaign-form';
import { type CampaignFacts, Campaigns } from './campaigns';
import { changedIn } from './changes';
import { ConsolePage } from './page';

/** Changes a campaign: what was not touched is not sent. */
@Component({
  selector: 'app-edit-campaign',
  imports: [CampaignForm, ConsolePage, LoadFailed, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-console-page heading="Change the campaign" i18n-heading="@@ads.campaign.edit" [back]="'/advertising/' + id()" [always]="true">
      @if (campaign(); as campaign) {
        <app-campaign-form [campaign]="campaign" [currency]="$any(campaign.currency)" [sending]="sending" [label]="label" (sent)="save(campaign, $event)" />
      } @else if (problem(); as refused) {
        <app-load-failed [problem]="refused" (again)="load()" />
      } @else {
        <app-skeleton />
      }
    </app-console-page>
  `,
})
export class EditCampaign implements OnInit {
  private readonly campaigns = inject(Campaigns);
  private readonly router = inject(Router);
  readonly id = input.required<string>();
  protected readonly campaign = signal<Campaign | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly label = $localize`:@@ads.save:Save`;
  protected readonly sending = new Submission(FIELDS);

  ngOnInit(): void {
    void this.load();
  }

  protected save(campaign: Campaign, facts: CampaignFacts): void {
    void this.sending.run(async () => {
      await this.campaigns.update(campaign.id, changedIn(campaign, facts));
      await this.router.navigate(['/advertising', campaign.id]);
    });
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      this.campaign.set(await this.campaigns.get(this.id()));
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
