import { ChangeDetectionStrategy, Component, effect, inject, input, model, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Dialog } from '@shared/dialog';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { regional } from '@shared/time';

import { type Ad, Ads, type Why } from '../ads';
import { formatMicros } from '../micros';
import { Names, categoryWords, consentWords } from '../words';

/** Why somebody got an ad: which rules held, what was looked at, what it costs, and who gets it. */
@Component({
  selector: 'app-why-ad',
  imports: [Dialog, LoadFailed, RouterLink, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './why-dialog.html',
})
export class WhyDialog {
  private readonly ads = inject(Ads);
  private readonly language = inject(Language).current;
  readonly ad = input.required<Ad>();
  readonly open = model(false);
  protected readonly names = new Names(this.language);
  protected readonly why = signal<Why | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly categoryWords = categoryWords;
  protected readonly consentWords = consentWords;

  constructor() {
    effect(() => {
      const wanted = this.open();
      untracked(() => wanted && void this.load());
    });
  }

  protected priceOf({ price_micros, currency }: Why): string {
    return formatMicros(price_micros, currency, regional(this.language));
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      this.why.set(await this.ads.explain(this.ad()));
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
