import type { Routes } from '@angular/router';

/** The advertiser's console: the money and the campaigns at the left, the chosen one at the right. */
export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./console/console').then((m) => m.Console),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./console/nothing-chosen').then((m) => m.NothingChosen) },
      {
        path: 'account',
        title: $localize`:@@ads.account:Advertiser's account`,
        loadComponent: () => import('./console/account').then((m) => m.AdvertiserAccount),
      },
      {
        path: 'new',
        title: $localize`:@@ads.campaign.new:New campaign`,
        loadComponent: () => import('./console/new-campaign').then((m) => m.NewCampaign),
      },
      {
        path: ':id',
        title: $localize`:@@ads.campaign:Campaign`,
        loadComponent: () => import('./console/campaign-page').then((m) => m.CampaignPage),
      },
      {
        path: ':id/edit',
        title: $localize`:@@ads.campaign.edit:Change the campaign`,
        loadComponent: () => import('./console/edit-campaign').then((m) => m.EditCampaign),
      },
      {
        path: ':id/report',
        title: $localize`:@@ads.report.campaign:What it did`,
        loadComponent: () => import('./console/campaign-report').then((m) => m.CampaignReportPage),
      },
    ],
  },
];
