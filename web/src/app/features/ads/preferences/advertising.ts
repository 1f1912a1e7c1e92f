import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import type { PreferenceChanges } from '../ads';
import { regionsOf } from '../regions';
import { TopicChips } from '../topic-chips';

import { AdPreferences } from './ad-preferences';

type Answer = 'personal' | 'contextual';

/** What somebody decides about advertising, and all that is known of them for it. */
@Component({
  selector: 'app-advertising-settings',
  imports: [Control, Field, Icon, LoadFailed, RouterLink, Skeleton, TimePipe, TopicChips],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  templateUrl: './advertising.html',
})
export class AdvertisingSettings {
  private readonly store = inject(AdPreferences);
  private readonly toasts = inject(Toasts);
  protected readonly now = this.store.now;
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly isBusy = signal(false);
  protected readonly regions = regionsOf(inject(Language).current);
  protected readonly isPersonal = computed(() => this.now()?.consent === 'personal');
  protected readonly answers: readonly { id: Answer; name: string; words: string }[] = [
    { id: 'personal', name: $localize`:@@ads.consent.yes:Yes, personal`, words: $localize`:@@ads.settings.personal.words:Also your region, your interests and the topics of public channels that you follow count.` },
    { id: 'contextual', name: $localize`:@@ads.consent.no:No, only by channel`, words: $localize`:@@ads.settings.contextual.words:Only the channel and your language count.` },
  ];

  constructor() {
    void this.load();
  }

  protected change(changes: PreferenceChanges): void {
    void this.toasts.attempt(this.isBusy, () => this.store.change(changes));
  }

  protected removeTopic(topic: string): void {
    this.change({ removed_topics: [...(this.now()?.removed_topics ?? []), topic] });
  }

  protected restoreTopic(topic: string): void {
    this.change({ removed_topics: (this.now()?.removed_topics ?? []).filter((each) => each !== topic) });
  }

  protected unhide(campaignId: string): void {
    void this.toasts.attempt(this.isBusy, () => this.store.unhide(campaignId));
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      await this.store.load();
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
