import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Chart } from '@shared/chart/chart';
import { LoadFailed } from '@shared/load-failed';
import { digitsOf } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { Skeleton } from '@shared/spinner';
import { regional } from '@shared/time';

import type { ChannelAdStats } from '../ads';
import { DayWords } from '../day-words';
import { formatMicros, minorOf } from '../micros';

const SPANS = [7, 30, 90] as const;

/** What ads earned in a channel, by day. */
@Component({
  selector: 'app-ad-earnings',
  imports: [Chart, LoadFailed, MoneyPipe, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  templateUrl: './ad-earnings.html',
})
export class AdEarnings implements OnInit {
  private readonly api = inject(Api);
  private readonly region = regional(inject(Language).current);
  private asked = 0;
  readonly channelId = input.required<string>();
  protected readonly spans = SPANS;
  protected readonly span = signal<number>(30);
  protected readonly stats = signal<ChannelAdStats | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly days = new DayWords(this.region);
  protected readonly points = computed(() => (this.stats()?.days ?? []).map((each) => ({ day: each.date, value: minorOf(each.earned_micros) })));
  protected readonly busyDays = computed(() => [...(this.stats()?.days ?? [])].reverse().filter((each) => each.views || each.clicks));
  protected readonly valueName = (amount: number) => new Intl.NumberFormat(this.region, { maximumSignificantDigits: 3 }).format(amount / 10 ** digitsOf(this.stats()?.currency ?? 'EUR'));

  ngOnInit(): void {
    void this.load();
  }

  protected micros(micros: number): string {
    return formatMicros(micros, this.stats()?.currency ?? 'EUR', this.region);
  }

  protected choose(span: number): void {
    this.span.set(span);
    void this.load();
  }

  protected async load(): Promise<void> {
    const mine = ++this.asked;
    this.problem.set(null);
    try {
      const params = { path: { channel_id: this.channelId() }, query: this.days.span(this.span()) };
      const found = await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/ads/stats', { params }));
      if (mine === this.asked) this.stats.set(found);
    } catch (error) {
      if (mine === this.asked) this.problem.set(asProblem(error));
    }
  }
}
