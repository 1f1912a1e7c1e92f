import { ChangeDetectionStrategy, Component, OnInit, inject, input, output, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Language } from '@core/language';
import { Control, Field } from '@shared/field';
import { AmountField } from '@shared/money/amount-field';
import type { Currency } from '@shared/money/currencies';
import { decimalOf } from '@shared/money/format';
import { MoneyInput } from '@shared/money/money-input';
import { Notice } from '@shared/notice';
import type { Submission } from '@shared/submission';
import { regional } from '@shared/time';

import type { Campaign, Category, Targeting } from '../ads';
import { CATEGORIES, categoryWords } from '../words';

import { type CampaignFacts, Campaigns } from './campaigns';
import { localTime, momentOf, usualSpan } from './moments';
import { TargetingFields } from './targeting-fields';

/** The limits of contracts/ads.py, in minor units. */
const BUDGET = { least: 500, most: 99_999_999 } as const;
const BID = { least: 10, most: 100_000 } as const;
const USUAL_BID = 200;
const MOST_FREQUENCY = 20;
const EVERYBODY: Targeting = { languages: [], regions: [], channel_topics: [], interests: [] };
/** Which refusals stand at which field; the API's own `field` counts too. */
export const FIELDS: Readonly<Record<string, string>> = { title: 'title', starts_at: 'starts_at', ends_at: 'ends_at', budget_missing: 'budget', budget: 'budget', bid: 'bid_cpm' };

/** What a campaign is: its money, its days, and whom it is for. */
@Component({
  selector: 'app-campaign-form',
  imports: [AmountField, Control, Field, Notice, ReactiveFormsModule, TargetingFields],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './campaign-form.html',
})
export class CampaignForm implements OnInit {
  private readonly region = regional(inject(Language).current);
  protected readonly campaigns = inject(Campaigns);
  readonly campaign = input<Campaign>();
  readonly currency = input.required<Currency>();
  readonly sending = input.required<Submission>();
  readonly label = input.required<string>();
  readonly sent = output<CampaignFacts>();
  protected readonly categories = CATEGORIES.map((id) => ({ id, name: categoryWords(id) })).sort((a, b) => a.name.localeCompare(b.name));
  protected readonly form = inject(NonNullableFormBuilder).group({
    title: '', category: 'shopping' as Category, starts: '', ends: '', pacing: 'even' as Campaign['pacing'], frequency: 3, announce: false,
  });
  protected readonly budget = new MoneyInput('EUR', this.region, BUDGET);
  protected readonly bid = new MoneyInput('EUR', this.region, BID);
  protected readonly targeting = signal<Targeting>(EVERYBODY);
  protected readonly isTried = signal(false);
  protected readonly mostFrequency = MOST_FREQUENCY;

  ngOnInit(): void {
    for (const each of [this.budget, this.bid]) each.currency.set(this.currency());
    const campaign = this.campaign();
    if (campaign) return this.fill(campaign);
    const [starts, ends] = usualSpan(new Date());
    this.form.patchValue({ starts, ends });
    this.bid.text.set(this.written(USUAL_BID, this.currency()));
  }

  protected titleError(): string | null {
    const isMissing = this.isTried() && !this.form.controls.title.value.trim();
    return isMissing ? $localize`:@@ads.campaign.title.missing:Give it a name.` : this.sending().at('title');
  }

  protected send(): void {
    this.isTried.set(true);
    for (const each of [this.budget, this.bid]) each.isTried.set(true);
    const [budget, bid] = [this.budget.amount(), this.bid.amount()];
    const { title, category, starts, ends, pacing, frequency, announce } = this.form.getRawValue();
    if (!title.trim() || !starts || !ends || budget === null || bid === null) return;
    this.sent.emit({
      title: title.trim(), category, currency: this.currency(), budget, bid_cpm: bid, starts_at: momentOf(starts), ends_at: momentOf(ends), pacing,
      frequency_cap: Math.min(MOST_FREQUENCY, Math.max(1, Math.trunc(Number(frequency)) || 1)), targeting: this.targeting(), announce,
    });
  }

  /** Returns an amount as somebody here would type it. */
  private written(amount: number, currency: string): string {
    const mark = new Intl.NumberFormat(this.region).formatToParts(0.5).find((each) => each.type === 'decimal')?.value ?? '.';
    return decimalOf(amount, currency).replace('.', mark);
  }

  private fill(campaign: Campaign): void {
    const { title, pacing, announce, frequency_cap: frequency, currency } = campaign;
    this.form.setValue({ title, category: campaign.category as Category, pacing, announce, frequency, starts: localTime(campaign.starts_at), ends: localTime(campaign.ends_at) });
    this.budget.text.set(this.written(campaign.budget, currency));
    this.bid.text.set(this.written(campaign.bid_cpm, currency));
    this.targeting.set(campaign.targeting);
  }
}
