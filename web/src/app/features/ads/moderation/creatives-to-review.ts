import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import type { Creative } from '../ads';
import { addAdWords } from '../problems';
import { AdPreview } from '../reader/ad-preview';
import { reviewWords } from '../words';

/** What moderators look at before anybody sees it. */
@Component({
  selector: 'app-creatives-to-review',
  imports: [AdPreview, Control, Empty, Field, LoadFailed, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  template: `
    <fieldset class="segments">
      <legend class="visually-hidden" i18n="@@ads.approvals.show">Show</legend>
      @for (each of reviews; track each) {
        <label class="segment"><input class="visually-hidden" type="radio" name="review" [checked]="review() === each" (change)="show(each)" /><span>{{ words(each) }}</span></label>
      }
    </fieldset>
    @switch (list.state()) {
      @case ('loading') { <app-skeleton [lines]="[1, 2]" /> }
      @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
      @default {
        <ul class="cards">
          @for (each of list.items(); track each.id) {
            <li class="card">
              <p class="card-head"><strong class="card-name"><bdi>{{ each.advertiser }}</bdi></strong><span class="muted">{{ each.created_at | time: 'ago' }}</span></p>
              <app-ad-preview [ad]="each" [advertiser]="each.advertiser ?? ''" />
              <p class="muted ad-address">{{ each.url }}</p>
              @if (each.review_note) {<p class="muted">{{ each.review_note }}</p>}
              <app-field label="Note for the advertiser (optional)" i18n-label="@@ads.review.note"><input #note appControl autocomplete="off" maxlength="1000" /></app-field>
              <p class="panel-actions">
                @if (each.review !== 'approved') {<button type="button" class="button is-small" [disabled]="isBusy()" (click)="decide(each, 'approved', note.value)"><span i18n="@@ads.approve">Approve</span><span class="visually-hidden">: {{ each.title }}</span></button>}
                @if (each.review !== 'rejected') {<button type="button" class="button is-small is-danger" [disabled]="isBusy()" (click)="decide(each, 'rejected', note.value)"><span i18n="@@ads.reject">Reject</span><span class="visually-hidden">: {{ each.title }}</span></button>}
              </p>
            </li>
          } @empty {
            <li><app-empty icon="speaker" heading="Nothing here" i18n-heading="@@moderation.none" words="No ads of this kind." i18n-words="@@ads.review.none" /></li>
          }
        </ul>
        @if (list.hasMore()) {
          <p class="panel-actions"><button type="button" class="button is-quiet" (click)="list.more()" i18n="@@moderation.more">Show more</button></p>
        }
      }
    }
  `,
})
export class CreativesToReview {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  protected readonly reviews: readonly Creative['review'][] = ['pending', 'approved', 'rejected'];
  protected readonly words = reviewWords;
  protected readonly review = signal<Creative['review']>('pending');
  protected readonly isBusy = signal(false);
  protected readonly list = new Listing<Creative>((after) => this.api.ask((http) => http.GET('/v1/creatives', { params: { query: { review: this.review(), after, limit: 20 } } })));

  constructor() {
    addAdWords();
    void this.list.load();
  }

  protected show(review: Creative['review']): void {
    this.review.set(review);
    void this.list.load();
  }

  protected decide({ campaign_id, id }: Creative, review: 'approved' | 'rejected', note: string): void {
    void this.toasts.attempt(this.isBusy, async () => {
      const params = { path: { campaign_id, creative_id: id } };
      const body = { review, note: note.trim() };
      await this.api.ask((http) => http.POST('/v1/campaigns/{campaign_id}/creatives/{creative_id}/review', { params, body }));
      this.list.change((all) => all.filter((each) => each.id !== id));
    });
  }
}
