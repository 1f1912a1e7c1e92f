import type { Routes } from '@angular/router';

import { Conversations } from './conversations';
import { NothingChosen } from './nothing-chosen';

export const routes: Routes = [
  {
    path: '',
    component: Conversations,
    children: [
      { path: '', pathMatch: 'full', component: NothingChosen },
      { path: 'search', loadChildren: () => import('../messages/routes').then((m) => m.routes) },
      { path: ':id', loadComponent: () => import('./conversation/conversation-page').then((m) => m.ConversationPage) },
      { path: ':id/info', loadComponent: () => import('./info/conversation-info').then((m) => m.ConversationInfo) },
    ],
  },
];
