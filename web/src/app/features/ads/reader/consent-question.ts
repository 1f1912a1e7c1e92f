import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Toasts } from '@shared/toast';

import { AdPreferences } from '../preferences/ad-preferences';

/** Asks once whether ads may be personal. Both answers weigh the same, nothing is chosen beforehand, and none is needed. */
@Component({
  selector: 'app-consent-question',
  imports: [RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'consent-question', role: 'group', '[attr.aria-label]': 'label' },
  template: `
    <p><strong i18n="@@ads.consent.question">May ads here be personal?</strong></p>
    <p class="muted" i18n="@@ads.consent.words">If so, the interests and the region that you give, and the topics of public channels that you follow, count too. Otherwise only the channel and your language do. What you write is never looked at.</p>
    <div class="consent-answers">
      <button type="button" class="button is-quiet" [disabled]="isBusy()" (click)="answer('personal')" i18n="@@ads.consent.yes">Yes, personal</button>
      <button type="button" class="button is-quiet" [disabled]="isBusy()" (click)="answer('contextual')" i18n="@@ads.consent.no">No, only by channel</button>
    </div>
    <p class="consent-more"><a routerLink="/settings/advertising" i18n="@@ads.consent.more">All about ads here</a></p>
  `,
})
export class ConsentQuestion {
  private readonly preferences = inject(AdPreferences);
  private readonly toasts = inject(Toasts);
  protected readonly label = $localize`:@@ads.consent.label:Question about advertising`;
  protected readonly isBusy = signal(false);

  protected answer(consent: 'personal' | 'contextual'): void {
    void this.toasts.attempt(this.isBusy, async () => {
      await this.preferences.change({ consent });
      this.toasts.show($localize`:@@ads.consent.kept:Kept. You can change it in the settings at any time.`);
    });
  }
}
