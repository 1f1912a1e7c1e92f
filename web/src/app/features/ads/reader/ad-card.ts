import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { Toasts } from '@shared/toast';

import { type Ad, Ads } from '../ads';
import { AdPreferences } from '../preferences/ad-preferences';

import { AdBody } from './ad-body';
import { AdSight } from './ad-sight';
import { ConsentQuestion } from './consent-question';
import { ReportDialog } from './report-dialog';
import { WhyDialog } from './why-dialog';

/** An ad between the posts of a channel: always named as one, with who pays for it. */
@Component({
  selector: 'app-ad-card',
  imports: [AdBody, AdSight, ConsentQuestion, Icon, Menu, MenuItem, ReportDialog, RouterLink, WhyDialog],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'post ad-post', role: 'article', '[attr.aria-label]': 'label()' },
  templateUrl: './ad-card.html',
})
export class AdCard {
  private readonly ads = inject(Ads);
  private readonly preferences = inject(AdPreferences);
  private readonly toasts = inject(Toasts);
  readonly ad = input.required<Ad>();
  protected readonly isHidden = signal(false);
  protected readonly asksWhy = signal(false);
  protected readonly reports = signal(false);
  private readonly isBusy = signal(false);
  protected readonly label = computed(() => $localize`:@@ads.label:Ad by ${this.ad().advertiser}:advertiser:`);
  protected readonly asksConsent = computed(() => this.preferences.now()?.asked === false);

  constructor() {
    if (!this.preferences.now()) void this.preferences.load().catch(() => undefined);
  }

  protected seen(visibleMs: number): void {
    void this.ads.viewed(this.ad(), visibleMs).catch(() => undefined);
  }

  /** The page opens whatever becomes of this. */
  protected followed(): void {
    void this.ads.clicked(this.ad()).catch(() => undefined);
  }

  protected hide(): void {
    void this.toasts.attempt(this.isBusy, async () => {
      await this.ads.hide(this.ad());
      this.isHidden.set(true);
    });
  }

  protected reported(): void {
    this.isHidden.set(true);
    this.toasts.show($localize`:@@ads.reported:Thank you. The moderators look at it.`);
  }
}
