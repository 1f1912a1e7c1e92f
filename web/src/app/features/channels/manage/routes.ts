import type { Routes } from '@angular/router';

/** What stands behind a channel; its channel is found by `ChannelFrame`. */
export const routes: Routes = [
  {
    path: 'about',
    title: $localize`:@@channels.about:About the channel`,
    loadComponent: () => import('./about').then((m) => m.About),
  },
  {
    path: 'edit',
    title: $localize`:@@channels.edit:Edit the channel`,
    loadComponent: () => import('./edit-channel').then((m) => m.EditChannel),
  },
  {
    path: 'scheduled',
    title: $localize`:@@channels.scheduled:Scheduled posts`,
    loadComponent: () => import('./scheduled').then((m) => m.Scheduled),
  },
  {
    path: 'followers',
    title: $localize`:@@channels.followers:Followers`,
    loadComponent: () => import('./followers').then((m) => m.Followers),
  },
  {
    path: 'invites',
    title: $localize`:@@channels.invites:Invitations`,
    loadComponent: () => import('./invites').then((m) => m.Invites),
  },
  {
    path: 'observers',
    title: $localize`:@@channels.observers:Webhooks and digests`,
    loadComponent: () => import('./observers').then((m) => m.Observers),
  },
  {
    path: 'observers/:observerId',
    title: $localize`:@@channels.deliveries:Deliveries`,
    loadComponent: () => import('./deliveries').then((m) => m.Deliveries),
  },
  {
    path: 'selling',
    title: $localize`:@@payments.selling:Plans and coupons`,
    loadComponent: () => import('./channel-selling').then((m) => m.ChannelSelling),
  },
  {
    path: 'earnings',
    title: $localize`:@@payments.earnings:Earnings`,
    loadComponent: () => import('./channel-earnings').then((m) => m.ChannelEarnings),
  },
  {
    path: 'advertising',
    title: $localize`:@@ads.settings.heading:Advertising`,
    loadComponent: () => import('./channel-ads').then((m) => m.ChannelAdsPage),
  },
  {
    path: 'statistics',
    title: $localize`:@@channels.statistics:Statistics`,
    loadComponent: () => import('../statistics/statistics').then((m) => m.Statistics),
  },
];
