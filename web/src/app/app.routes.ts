import type { Routes } from '@angular/router';

import { signedIn, signedOut } from '@core/guards';

import { routes as chat } from './features/chat';
import { Shell } from './shell/shell';

const auth = () => import('./features/auth');

/**
 * Every place of the client; the shell and the list of chats come with it, since most visits begin there. What lies
 * below `/c`, `/settings` … stands in its feature's `routes.ts`.
 */
export const routes: Routes = [
  {
    path: 'sign-in',
    canActivate: [signedOut],
    title: $localize`:@@auth.sign_in:Sign in`,
    loadComponent: () => auth().then((m) => m.SignIn),
  },
  {
    path: 'sign-up',
    canActivate: [signedOut],
    title: $localize`:@@auth.sign_up:Sign up`,
    loadComponent: () => auth().then((m) => m.SignUp),
  },
  {
    path: 'forgot-password',
    title: $localize`:@@auth.forgot.title:Forgotten password`,
    loadComponent: () => auth().then((m) => m.ForgotPassword),
  },
  {
    path: 'reset-password',
    title: $localize`:@@auth.reset.title:New password`,
    loadComponent: () => auth().then((m) => m.ResetPassword),
  },
  {
    path: 'verify-email',
    title: $localize`:@@auth.verify.title:E-mail address`,
    loadComponent: () => auth().then((m) => m.VerifyEmail),
  },
  {
    path: 'signed-in',
    title: $localize`:@@auth.sign_in:Sign in`,
    loadComponent: () => auth().then((m) => m.SignedIn),
  },
  {
    path: '',
    canActivate: [signedIn],
    component: Shell,
    children: [
      { path: '', pathMatch: 'full', redirectTo: 'c' },
      {
        path: 'c',
        title: $localize`:@@core.nav.chats:Chats`,
        children: chat,
      },
      {
        path: 'channels',
        title: $localize`:@@core.nav.channels:Channels`,
        loadChildren: () => import('./features/channels/routes').then((m) => m.routes),
      },
      // The link of an invitation, as the API makes it, and its longer name.
      ...['join/:code', 'invite/:code'].map((path) => ({
        path,
        title: $localize`:@@channels.accept.title:Invitation`,
        loadComponent: () => import('./features/channels').then((m) => m.AcceptInvite),
      })),
      {
        path: 'notifications',
        title: $localize`:@@core.nav.notifications:Notifications`,
        loadChildren: () => import('./features/notifications/routes').then((m) => m.routes),
      },
      {
        path: 'moderation',
        title: $localize`:@@moderation:Moderation`,
        loadChildren: () => import('./features/moderation/routes').then((m) => m.routes),
      },
      {
        path: 'wallet',
        title: $localize`:@@payments.wallet:Wallet`,
        loadChildren: () => import('./features/payments/routes').then((m) => m.routes),
      },
      {
        path: 'advertising',
        title: $localize`:@@ads.console:Advertise on Charla`,
        loadChildren: () => import('./features/ads/routes').then((m) => m.routes),
      },
      {
        path: 'settings',
        title: $localize`:@@core.nav.settings:Settings`,
        loadChildren: () => import('./features/settings/routes').then((m) => m.routes),
      },
    ],
  },
  {
    path: '**',
    title: $localize`:@@core.not_found.title:Not found`,
    loadComponent: () => import('./shell/not-found').then((m) => m.NotFound),
  },
];
