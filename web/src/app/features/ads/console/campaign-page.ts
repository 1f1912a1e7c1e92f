import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { type ProblemError, asProblem } from '@core/problem';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { MoneyPipe } from '@shared/money/format';
import { Notice } from '@shared/notice';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { TimePipe } from '@shared/time';

import { PaymentUi } from '../../payments';

import type { Campaign } from '../ads';
import { categoryWords, problemWords, statusWords } from '../words';

import { Campaigns } from './campaigns';
import { CreativeList } from './creative-list';
import { ConsolePage } from './page';

/** What starts and ends does so within moments; one looks again after this. */
const LOOK_AGAIN_MS = 1_500;

/** One campaign: how it stands, what one can do to it, and its ads. */
@Component({
  selector: 'app-campaign-page',
  imports: [ConsolePage, CreativeList, Dialog, Icon, LoadFailed, MoneyPipe, Notice, RouterLink, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './campaign-page.html',
})
export class CampaignPage {
  private readonly campaigns = inject(Campaigns);
  private readonly router = inject(Router);
  private readonly ui = inject(PaymentUi);
  readonly id = input.required<string>();
  protected readonly campaign = signal<Campaign | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly deed = new Submission();
  protected readonly asksEnd = signal(false);
  protected readonly statusWords = statusWords;
  protected readonly problemWords = problemWords;
  protected readonly categoryWords = categoryWords;
  protected readonly needsMoney = computed(() => this.deed.problem()?.code === 'budget_missing');
  protected readonly mayChange = computed(() => ['draft', 'active', 'paused'].includes(this.campaign()?.status ?? ''));

  constructor() {
    effect(() => {
      const id = this.id();
      untracked(() => {
        this.campaign.set(null);
        void this.load(id);
      });
    });
    effect((onCleanup) => {
      const campaign = this.campaign();
      if (!campaign || !['funding', 'ending'].includes(campaign.status)) return;
      const timer = setTimeout(() => void this.load(campaign.id), LOOK_AGAIN_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  protected do(deed: 'start' | 'pause' | 'end'): void {
    this.asksEnd.set(false);
    void this.deed.run(async () => this.campaign.set(await this.campaigns.do(this.id(), deed)));
  }

  protected remove(): void {
    void this.deed.run(async () => {
      await this.campaigns.remove(this.id());
      await this.router.navigateByUrl('/advertising');
    });
  }

  protected topUp(campaign: Campaign): void {
    this.ui.show({ kind: 'top_up', purpose: 'ads', currency: campaign.currency as 'EUR' });
  }

  protected async load(id = this.id()): Promise<void> {
    this.problem.set(null);
    try {
      const found = await this.campaigns.get(id);
      if (id === this.id()) this.campaign.set(found);
    } catch (error) {
      if (id === this.id()) this.problem.set(asProblem(error));
    }
  }
}
