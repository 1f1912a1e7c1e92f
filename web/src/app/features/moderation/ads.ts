import { ChangeDetectionStrategy, Component } from '@angular/core';

import { AdReports, CreativesToReview } from '../ads';

import { ModerationPage } from './page';

/** Ads that wait for a moderator. */
@Component({
  selector: 'app-moderated-ads',
  imports: [CreativesToReview, ModerationPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<app-moderation-page heading="Ads to review" i18n-heading="@@ads.to_review"><app-creatives-to-review /></app-moderation-page>`,
})
export class ModeratedAds {}

/** Ads that people reported. */
@Component({
  selector: 'app-reported-ads',
  imports: [AdReports, ModerationPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<app-moderation-page heading="Reported ads" i18n-heading="@@ads.reports"><app-ad-reports /></app-moderation-page>`,
})
export class ReportedAds {}
