import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Chart, type Point } from '@shared/chart/chart';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { regional } from '@shared/time';

import { AmountPipe } from '../amount';
import { CurrentChannel } from '../current-channel';
import { SubPage } from '../manage/sub-page';

import { type Counts, type Day, daysOf, sumOf } from './days';

const SPANS = [7, 30, 90, 365] as const;

/** What the team sees of its channel: followers over time, how many people it reached, what they read. */
@Component({
  selector: 'app-statistics',
  imports: [AmountPipe, Chart, LoadFailed, Skeleton, SubPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './statistics.html',
})
export class Statistics {
  private readonly api = inject(Api);
  private readonly region = regional(inject(Language).current);
  // The days are those of the server, in UTC.
  private readonly short = new Intl.DateTimeFormat(this.region, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  private readonly long = new Intl.DateTimeFormat(this.region, { dateStyle: 'medium', timeZone: 'UTC' });
  private readonly current = inject(CurrentChannel);
  private asked = 0;
  protected readonly spans = SPANS;
  protected readonly span = signal<number>(30);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly followers = signal(0);
  protected readonly days = signal<readonly Day[] | null>(null);
  protected readonly total = computed(() => sumOf(this.days() ?? []));
  protected readonly dayName = (day: string) => this.short.format(new Date(day));
  private readonly amounts = new AmountPipe();
  protected readonly countName = (count: number, form: 'short' | 'whole') => this.amounts.transform(count, form);
  protected readonly longDay = (day: string) => this.long.format(new Date(day));
  protected readonly newestFirst = computed(() => [...(this.days() ?? [])].reverse());

  constructor() {
    void this.load();
  }

  protected choose(span: number): void {
    this.span.set(span);
    void this.load();
  }

  protected points(name: keyof Counts): readonly Point[] {
    return (this.days() ?? []).map((each) => ({ day: each.day, value: each[name] }));
  }

  protected async load(): Promise<void> {
    const mine = ++this.asked;
    this.problem.set(null);
    try {
      const params = { path: { channel_id: this.current.now.id }, query: { days: this.span() } };
      const found = await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/stats', { params }));
      if (mine !== this.asked) return;
      this.followers.set(found.followers);
      this.days.set(daysOf(found.days));
    } catch (error) {
      if (mine === this.asked) this.problem.set(asProblem(error));
    }
  }
}
