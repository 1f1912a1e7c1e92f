import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { AdBody, type Shown } from './ad-body';

/** An ad as readers see it, where nobody is to hide, report or count it. */
@Component({
  selector: 'app-ad-preview',
  imports: [AdBody],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'post ad-post' },
  template: `
    <p class="post-head"><span class="tag ad-tag" i18n="@@ads.ad">Ad</span><span class="ad-advertiser"><bdi>{{ advertiser() }}</bdi></span></p>
    <app-ad-body [ad]="ad()" />
  `,
})
export class AdPreview {
  readonly ad = input.required<Shown>();
  readonly advertiser = input.required<string>();
}
