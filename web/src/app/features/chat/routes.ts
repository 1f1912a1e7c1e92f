import type { Routes } from '@angular/router';

export const routes: Routes = [
  {
    path: '',
    loadComponent: () => import('./conversations').then((m) => m.Conversations),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./nothing-chosen').then((m) => m.NothingChosen) },
      { path: 'search', loadChildren: () => import('../messages/routes').then((m) => m.routes) },
      { path: ':id', loadComponent: () => import('./conversation/conversation-page').then((m) => m.ConversationPage) },
      { path: ':id/info', loadComponent: () => import('./info/conversation-info').then((m) => m.ConversationInfo) },
    ],
  },
];
