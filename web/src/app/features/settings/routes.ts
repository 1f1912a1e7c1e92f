import type { Routes } from '@angular/router';

/** The settings: a list of topics at the left, the chosen one at the right. */
export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./settings').then((m) => m.Settings),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./overview').then((m) => m.SettingsOverview) },
      {
        path: 'appearance',
        title: $localize`:@@settings.appearance:Appearance and language`,
        loadComponent: () => import('./appearance').then((m) => m.Appearance),
      },
      {
        path: 'ad-free',
        title: $localize`:@@payments.kind.ad_free:Charla without advertising`,
        loadComponent: () => import('../payments/ad-free').then((m) => m.AdFree),
      },
      {
        path: 'advertising',
        title: $localize`:@@ads.settings.heading:Advertising`,
        loadComponent: () => import('../ads/preferences/advertising').then((m) => m.AdvertisingSettings),
      },
      { path: '', loadChildren: () => import('../account/routes').then((m) => m.routes) },
      {
        path: 'files',
        title: $localize`:@@media.files:Files and storage`,
        loadChildren: () => import('../media/routes').then((m) => m.routes),
      },
    ],
  },
];
