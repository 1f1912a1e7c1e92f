import type { Routes } from '@angular/router';

/** The wallet: balances and topics at the left, the chosen one at the right. */
export const routes: Routes = [
  {
    path: 'return',
    title: $localize`:@@payments.return:Payment`,
    loadComponent: () => import('./wallet/returned').then((m) => m.Returned),
  },
  {
    path: '',
    loadComponent: () => import('./wallet/wallet').then((m) => m.Wallet),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./wallet/activity').then((m) => m.Activity) },
      {
        path: 'activity',
        title: $localize`:@@payments.activity:Account and statements`,
        loadComponent: () => import('./wallet/activity').then((m) => m.Activity),
      },
      {
        path: 'payments',
        title: $localize`:@@payments.payments:Payments`,
        loadComponent: () => import('./wallet/payment-list').then((m) => m.PaymentList),
      },
      {
        path: 'payments/:id',
        title: $localize`:@@payments.receipt:Receipt`,
        loadComponent: () => import('./wallet/payment-page').then((m) => m.PaymentPage),
      },
      {
        path: 'requests',
        title: $localize`:@@payments.requests:Requests`,
        loadComponent: () => import('./wallet/requests').then((m) => m.Requests),
      },
      {
        path: 'cards',
        title: $localize`:@@payments.cards:Saved cards`,
        loadComponent: () => import('./wallet/cards').then((m) => m.Cards),
      },
      {
        path: 'subscriptions',
        title: $localize`:@@payments.subscriptions:Paid subscriptions`,
        loadComponent: () => import('./wallet/subscriptions').then((m) => m.Subscriptions),
      },
      {
        path: 'payouts',
        title: $localize`:@@payments.payouts:Payouts`,
        loadComponent: () => import('./wallet/payouts').then((m) => m.Payouts),
      },
    ],
  },
];
