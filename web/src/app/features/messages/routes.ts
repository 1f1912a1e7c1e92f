import type { Routes } from '@angular/router';

/** What of this feature has an address: the search, below the conversations. */
export const routes: Routes = [
  {
    path: '',
    pathMatch: 'full',
    title: $localize`:@@messages.search:Search messages`,
    loadComponent: () => import('./search/search-page').then((m) => m.SearchPage),
  },
];
