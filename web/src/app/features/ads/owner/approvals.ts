import { ChangeDetectionStrategy, Component, OnInit, inject, input, output, signal } from '@angular/core';

import { Api } from '@core/api';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import type { Approval } from '../ads';
import { AdPreview } from '../reader/ad-preview';
import { categoryWords } from '../words';

type Status = Approval['status'];

/** Campaigns that would like to be shown in a channel, and those that were decided about. */
@Component({
  selector: 'app-approvals',
  imports: [AdPreview, LoadFailed, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  template: `
    <h3 i18n="@@ads.approvals">Campaigns</h3>
    <fieldset class="segments">
      <legend class="visually-hidden" i18n="@@ads.approvals.show">Show</legend>
      @for (each of states; track each.id) {
        <label class="segment"><input class="visually-hidden" type="radio" name="approvals" [checked]="state() === each.id" (change)="show(each.id)" /><span>{{ each.name }}</span></label>
      }
    </fieldset>
    @switch (list.state()) {
      @case ('loading') { <app-skeleton [lines]="[1]" /> }
      @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
      @default {
        <ul class="cards">
          @for (each of list.items(); track each.campaign_id) {
            <li class="card">
              <p class="card-head"><strong class="card-name"><bdi>{{ each.advertiser }}</bdi></strong><span class="muted">{{ categories(each.category) }} · {{ each.asked_at | time: 'ago' }}</span></p>
              @for (creative of each.creatives; track creative.id) {<app-ad-preview [ad]="creative" [advertiser]="each.advertiser" />}
              <p class="panel-actions">
                @if (each.status !== 'approved') {<button type="button" class="button is-small" [disabled]="isBusy()" (click)="decide(each, 'approved')"><span i18n="@@ads.approve">Approve</span><span class="visually-hidden">: {{ each.advertiser }}</span></button>}
                @if (each.status !== 'refused') {<button type="button" class="button is-small is-quiet" [disabled]="isBusy()" (click)="decide(each, 'refused')"><span i18n="@@ads.refuse">Refuse</span><span class="visually-hidden">: {{ each.advertiser }}</span></button>}
                <button type="button" class="text-button is-danger" (click)="blocked.emit(each.advertiser_id)"><span i18n="@@ads.block">Block the advertiser</span><span class="visually-hidden">: {{ each.advertiser }}</span></button>
              </p>
            </li>
          } @empty {
            <li class="muted">@if (state() === 'pending' && !asks()) {<span i18n="@@ads.approvals.unasked">You are not asked: campaigns that fit are shown.</span>} @else {<span i18n="@@ads.approvals.none">None of these.</span>}</li>
          }
        </ul>
        @if (list.hasMore()) {
          <p class="panel-actions"><button type="button" class="button is-quiet" (click)="list.more()" i18n="@@payments.more">Show more</button></p>
        }
      }
    }
  `,
})
export class Approvals implements OnInit {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  readonly channelId = input.required<string>();
  /** Whether the owner wants to be asked. */
  readonly asks = input.required<boolean>();
  readonly blocked = output<string>();
  protected readonly state = signal<Status>('pending');
  protected readonly isBusy = signal(false);
  protected readonly categories = categoryWords;
  protected readonly states: readonly { id: Status; name: string }[] = [
    { id: 'pending', name: $localize`:@@ads.approvals.pending:Waiting` },
    { id: 'approved', name: $localize`:@@ads.approvals.approved:Approved` },
    { id: 'refused', name: $localize`:@@ads.approvals.refused:Refused` },
  ];
  protected readonly list = new Listing<Approval>((after) => {
    const params = { path: { channel_id: this.channelId() }, query: { status: this.state(), after } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/ads/approvals', { params }));
  });

  ngOnInit(): void {
    void this.list.load();
  }

  protected show(state: Status): void {
    this.state.set(state);
    void this.list.load();
  }

  protected decide(approval: Approval, status: 'approved' | 'refused'): void {
    void this.toasts.attempt(this.isBusy, async () => {
      const params = { path: { channel_id: this.channelId(), campaign_id: approval.campaign_id } };
      await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/ads/approvals/{campaign_id}', { params, body: { status } }));
      this.list.change((all) => all.filter((each) => each.campaign_id !== approval.campaign_id));
    });
  }
}
