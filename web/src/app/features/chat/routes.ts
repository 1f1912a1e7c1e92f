import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./conversations').then((m) => m.Conversations),
    children: [{ path: '', pathMatch: 'full', loadComponent: () => import('./nothing-chosen').then((m) => m.NothingChosen) }],
  },
];
