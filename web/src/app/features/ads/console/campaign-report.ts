import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Chart } from '@shared/chart/chart';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { PrivateFiles } from '../../payments';

import type { CampaignReport } from '../ads';
import { DayWords } from '../day-words';
import { formatMicros } from '../micros';
import { refusalWords } from '../words';

import { Campaigns } from './campaigns';
import { ChannelName } from './channel-name';
import { ConsolePage } from './page';

const SPANS = [7, 30, 90] as const;

/** What a campaign did: by day, by channel, and what did not count. */
@Component({
  selector: 'app-campaign-report',
  imports: [ChannelName, Chart, ConsolePage, Icon, LoadFailed, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './campaign-report.html',
})
export class CampaignReportPage implements OnInit {
  private readonly api = inject(Api);
  private readonly campaigns = inject(Campaigns);
  private readonly files = inject(PrivateFiles);
  private readonly toasts = inject(Toasts);
  private readonly region = regional(inject(Language).current);
  private asked = 0;
  readonly id = input.required<string>();
  protected readonly spans = SPANS;
  protected readonly span = signal<number>(30);
  protected readonly isBusy = signal(false);
  protected readonly days = new DayWords(this.region);
  protected readonly report = signal<CampaignReport | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly title = computed(() => this.campaigns.list.items().find((each) => each.id === this.id())?.title ?? '');
  protected readonly countName = (count: number) => new Intl.NumberFormat(this.region).format(count);
  protected readonly views = computed(() => (this.report()?.days ?? []).map((each) => ({ day: each.date, value: each.views })));
  protected readonly newestFirst = computed(() => [...(this.report()?.days ?? [])].reverse().filter((each) => each.served || each.views || each.clicks || each.refused));
  protected readonly refusals = computed(() => Object.entries(this.report()?.refusals ?? {}).map(([why, count]) => ({ words: refusalWords(why), count })));
  protected readonly total = computed(() => {
    const days = this.report()?.days ?? [];
    const sum = (name: 'served' | 'views' | 'clicks' | 'spent_micros') => days.reduce((all, each) => all + each[name], 0);
    return { served: sum('served'), views: sum('views'), clicks: sum('clicks'), spent: sum('spent_micros') };
  });

  ngOnInit(): void {
    void this.load();
  }

  protected micros(micros: number): string {
    return formatMicros(micros, this.report()?.currency ?? 'EUR', this.region);
  }

  protected choose(span: number): void {
    this.span.set(span);
    void this.load();
  }

  protected save(): void {
    const { since, until } = this.days.span(this.span());
    void this.toasts.attempt(this.isBusy, () => this.files.save(`/v1/campaigns/${this.id()}/report.csv?since=${since}&until=${until}`, 'campaign.csv'));
  }

  protected async load(): Promise<void> {
    const mine = ++this.asked;
    this.problem.set(null);
    try {
      const params = { path: { campaign_id: this.id() }, query: this.days.span(this.span()) };
      const found = await this.api.ask((http) => http.GET('/v1/campaigns/{campaign_id}/report', { params }));
      if (mine === this.asked) this.report.set(found);
    } catch (error) {
      if (mine === this.asked) this.problem.set(asProblem(error));
    }
  }
}
