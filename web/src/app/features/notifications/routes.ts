import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./centre').then((m) => m.Centre),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./nothing-chosen').then((m) => m.NothingChosen) },
      {
        path: 'preferences',
        title: $localize`:@@notifications.preferences:Notification settings`,
        loadComponent: () => import('./preferences/preferences').then((m) => m.Preferences),
      },
      { path: 'go', loadComponent: () => import('./go').then((m) => m.Go) },
    ],
  },
];
