import { addWords } from '@core/words';

/** What people read where something about advertising is refused; added to the client's table as these pages are loaded. */
export function addAdWords(): void {
  addWords({
    unknown_campaign: () => $localize`:@@ads.refusal.unknown_campaign:That campaign is not there any more.`,
    unknown_creative: () => $localize`:@@ads.refusal.unknown_creative:That ad is not there any more.`,
    unknown_approval: () => $localize`:@@ads.refusal.unknown_approval:That campaign does not wait here any more.`,
    not_an_advertiser: () => $localize`:@@ads.refusal.not_an_advertiser:Make an advertiser's account first.`,
    advertiser_suspended: () => $localize`:@@ads.refusal.suspended:The moderators suspended this advertiser's account.`,
    campaign_not_ready: () => $localize`:@@ads.refusal.not_ready:It cannot start yet: it needs an ad that was approved, and days that are still to come.`,
    campaign_state_invalid: () => $localize`:@@ads.refusal.state:That cannot be done to a campaign in this state.`,
    budget_missing: () => $localize`:@@ads.refusal.budget:Your prepaid balance is smaller than this budget. Top it up first.`,
    too_many_campaigns: () => $localize`:@@ads.refusal.campaigns:You have as many campaigns as one advertiser can have.`,
    too_many_creatives: () => $localize`:@@ads.refusal.creatives:This campaign has as many ads as it can have.`,
    targeting_invalid: () => $localize`:@@ads.refusal.targeting:One of the things to aim at does not exist.`,
    media_kind_mismatch: () => $localize`:@@ads.refusal.media_kind:That file is something else. Choose a picture for a picture, and a video for a video.`,
    ad_ticket_invalid: () => $localize`:@@ads.refusal.ticket:That ad was shown too long ago. You will find more under Settings, Advertising.`,
    ads_impossible: () => $localize`:@@ads.refusal.impossible:Only public channels can carry advertising.`,
  });
}
