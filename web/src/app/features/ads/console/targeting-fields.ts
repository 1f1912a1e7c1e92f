import { ChangeDetectionStrategy, Component, DestroyRef, computed, effect, inject, model, signal, untracked } from '@angular/core';

import { LANGUAGES, Language } from '@core/language';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';

import type { Targeting } from '../ads';
import { regionsOf } from '../regions';
import { TopicChips } from '../topic-chips';
import { Names } from '../words';

import { Campaigns } from './campaigns';

/** So long nobody types before the reach is counted again. */
const PAUSE_MS = 350;
type Rule = keyof Targeting;

/** Whom a campaign is for, and how many channels fit. */
@Component({
  selector: 'app-targeting-fields',
  imports: [Control, Field, Icon, TopicChips],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'targeting' },
  templateUrl: './targeting-fields.html',
})
export class TargetingFields {
  private readonly campaigns = inject(Campaigns);
  private readonly language = inject(Language).current;
  readonly targeting = model.required<Targeting>();
  protected readonly languages = LANGUAGES;
  protected readonly names = new Names(this.language);
  private readonly allRegions = regionsOf(this.language);
  protected readonly regions = computed(() => this.allRegions.filter((each) => !this.targeting().regions.includes(each.id)));
  protected readonly reach = signal<number | null>(null);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asked = 0;

  constructor() {
    effect(() => {
      const targeting = this.targeting();
      untracked(() => this.countSoon(targeting));
    });
    inject(DestroyRef).onDestroy(() => clearTimeout(this.timer));
  }

  protected put(rule: Rule, values: readonly string[]): void {
    this.targeting.set({ ...this.targeting(), [rule]: [...values] });
  }

  protected toggle(language: string): void {
    const now = this.targeting().languages;
    this.put('languages', now.includes(language) ? now.filter((each) => each !== language) : [...now, language]);
  }

  protected addRegion(select: HTMLSelectElement): void {
    if (select.value) this.put('regions', [...this.targeting().regions, select.value]);
    select.value = '';
  }

  protected removeRegion(region: string): void {
    this.put('regions', this.targeting().regions.filter((each) => each !== region));
  }

  private countSoon(targeting: Targeting): void {
    clearTimeout(this.timer);
    const mine = ++this.asked;
    this.timer = setTimeout(() => void this.count(targeting, mine), PAUSE_MS);
  }

  private async count(targeting: Targeting, mine: number): Promise<void> {
    const reach = await this.campaigns.reach(targeting).catch(() => null);
    if (mine === this.asked) this.reach.set(reach);
  }
}
