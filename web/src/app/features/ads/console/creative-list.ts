import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';

import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import type { Campaign, Creative } from '../ads';
import { AdPreview } from '../reader/ad-preview';
import { reviewWords } from '../words';

import { Campaigns } from './campaigns';
import { CreativeDialog } from './creative-dialog';

const STATES: Readonly<Record<Creative['review'], string>> = { pending: 'failing', approved: 'active', rejected: 'disabled' };

/** The ads of a campaign, as readers will see them, and how their review stands. */
@Component({
  selector: 'app-creative-list',
  imports: [AdPreview, CreativeDialog, Empty, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  template: `
    <h3 class="part-heading"><span i18n="@@ads.creatives">Its ads</span>
      @if (mayChange()) {<button type="button" class="button is-small is-quiet" (click)="edit(null)"><app-icon name="plus" /><span i18n="@@ads.creative.new">New ad</span></button>}</h3>
    <ul class="cards">
      @for (each of campaign().creatives; track each.id) {
        <li class="card">
          <p class="card-head"><span class="tag" [attr.data-state]="states[each.review]">{{ reviewWords(each.review) }}</span>@if (each.review_note) {<span class="muted">{{ each.review_note }}</span>}</p>
          <app-ad-preview [ad]="each" [advertiser]="advertiser()" />
          @if (mayChange()) {
            <p class="card-actions">
              <button type="button" class="text-button" (click)="edit(each)"><span i18n="@@ads.creative.edit">Change</span><span class="visually-hidden">: {{ each.title }}</span></button>
              <button type="button" class="text-button is-danger" (click)="remove(each)"><span i18n="@@ads.creative.remove">Remove</span><span class="visually-hidden">: {{ each.title }}</span></button>
            </p>
          }
        </li>
      } @empty {
        <li><app-empty icon="speaker" heading="No ads yet" i18n-heading="@@ads.creatives.none" words="Write one. A moderator looks at it before anybody sees it." i18n-words="@@ads.creatives.none.words" /></li>
      }
    </ul>
    <app-creative-dialog [campaignId]="campaign().id" [advertiser]="advertiser()" [creative]="edited()" [(open)]="isOpen" (saved)="changed.emit()" />
  `,
})
export class CreativeList {
  private readonly campaigns = inject(Campaigns);
  private readonly toasts = inject(Toasts);
  readonly campaign = input.required<Campaign>();
  readonly changed = output<void>();
  protected readonly isOpen = signal(false);
  protected readonly edited = signal<Creative | null>(null);
  protected readonly states = STATES;
  protected readonly reviewWords = reviewWords;
  protected readonly advertiser = computed(() => this.campaigns.advertiser()?.name ?? '');
  protected readonly mayChange = computed(() => !['ending', 'ended'].includes(this.campaign().status));

  protected edit(creative: Creative | null): void {
    this.edited.set(creative);
    this.isOpen.set(true);
  }

  protected async remove(creative: Creative): Promise<void> {
    try {
      await this.campaigns.removeCreative(creative);
      this.changed.emit();
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
