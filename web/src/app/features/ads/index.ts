/**
 * What other features place.
 *
 *   <app-ad-card [ad]>                     between the posts of a channel; `AdFeed` says where
 *   <app-channel-advertising [channelId]>  the owner's page behind a channel
 *   <app-creatives-to-review>, <app-ad-reports>   what moderators look at
 */
export { Ads } from './ads';
export { AdReports } from './moderation/ad-reports';
export { CreativesToReview } from './moderation/creatives-to-review';
export { ChannelAdvertising } from './owner/channel-advertising';
export { AdCard } from './reader/ad-card';
export { AdFeed } from './reader/ad-feed';
