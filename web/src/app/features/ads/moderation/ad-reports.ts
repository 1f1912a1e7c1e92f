import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Empty } from '@shared/empty';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import type { AdReport } from '../ads';
import { addAdWords } from '../problems';
import { AdPreview } from '../reader/ad-preview';
import { reasonWords } from '../words';

/** What people said of ads; the creative can be rejected and its advertiser suspended. */
@Component({
  selector: 'app-ad-reports',
  imports: [AdPreview, Empty, LoadFailed, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  template: `
    @switch (list.state()) {
      @case ('loading') { <app-skeleton [lines]="[1, 2]" /> }
      @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
      @default {
        <ul class="cards">
          @for (each of list.items(); track each.decision_id) {
            <li class="card">
              <p class="card-head"><strong class="card-name">{{ words(each.reason) }}</strong><span class="muted">{{ each.at | time: 'ago' }}</span></p>
              @if (each.note) {<p class="ad-note">{{ each.note }}</p>}
              <app-ad-preview [ad]="each.creative" [advertiser]="each.advertiser" />
              <p class="panel-actions">
                @if (each.creative.review !== 'rejected') {<button type="button" class="button is-small is-danger" [disabled]="isBusy()" (click)="reject(each)"><span i18n="@@ads.reject">Reject</span><span class="visually-hidden">: {{ each.creative.title }}</span></button>}
                <button type="button" class="button is-small is-quiet" [disabled]="isBusy()" (click)="suspend(each)">
                  @if (each.suspended) {<span i18n="@@ads.let_go_on">Let the advertiser go on</span>} @else {<span i18n="@@ads.suspend">Suspend the advertiser</span>}<span class="visually-hidden">: {{ each.advertiser }}</span></button>
              </p>
            </li>
          } @empty {
            <li><app-empty icon="flag" heading="Nothing here" i18n-heading="@@moderation.none" words="Nobody has reported an ad." i18n-words="@@ads.reports.none" /></li>
          }
        </ul>
        @if (list.hasMore()) {
          <p class="panel-actions"><button type="button" class="button is-quiet" (click)="list.more()" i18n="@@moderation.more">Show more</button></p>
        }
      }
    }
  `,
})
export class AdReports {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  protected readonly words = reasonWords;
  protected readonly isBusy = signal(false);
  protected readonly list = new Listing<AdReport>((after) => this.api.ask((http) => http.GET('/v1/ads/reports', { params: { query: { after, limit: 20 } } })));

  constructor() {
    addAdWords();
    void this.list.load();
  }

  protected reject({ campaign_id, creative }: AdReport): void {
    void this.toasts.attempt(this.isBusy, async () => {
      const params = { path: { campaign_id, creative_id: creative.id } };
      const changed = await this.api.ask((http) => http.POST('/v1/campaigns/{campaign_id}/creatives/{creative_id}/review', { params, body: { review: 'rejected' } }));
      this.list.change((all) => all.map((each) => (each.creative.id === changed.id ? { ...each, creative: changed } : each)));
    });
  }

  protected suspend({ advertiser_id, suspended }: AdReport): void {
    void this.toasts.attempt(this.isBusy, async () => {
      const params = { path: { user_id: advertiser_id } };
      await this.api.ask((http) => http.POST('/v1/advertisers/{user_id}/suspend', { params, body: { suspended: !suspended } }));
      this.list.change((all) => all.map((each) => (each.advertiser_id === advertiser_id ? { ...each, suspended: !suspended } : each)));
    });
  }
}
