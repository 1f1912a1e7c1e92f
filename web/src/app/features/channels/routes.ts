import type { Routes } from '@angular/router';

/** The channels: one's own at the left; at the right one of them, or the search for others. */
export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./channel-list').then((m) => m.ChannelList),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./nothing-chosen').then((m) => m.NothingChosen) },
      {
        path: 'browse',
        title: $localize`:@@channels.browse:Find channels`,
        loadComponent: () => import('./browse').then((m) => m.Browse),
      },
      {
        path: 'new',
        title: $localize`:@@channels.new:New channel`,
        loadComponent: () => import('./manage/new-channel').then((m) => m.NewChannel),
      },
      { path: ':key', loadComponent: () => import('./channel-page').then((m) => m.ChannelPage) },
      {
        path: ':key',
        loadComponent: () => import('./channel-frame').then((m) => m.ChannelFrame),
        loadChildren: () => import('./manage/routes').then((m) => m.routes),
      },
    ],
  },
];
