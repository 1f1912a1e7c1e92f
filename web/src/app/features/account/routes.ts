import type { Routes } from '@angular/router';

/** What the account adds to the settings. */
export const routes: Routes = [
  {
    path: 'account',
    title: $localize`:@@account.profile:Profile and account`,
    loadComponent: () => import('./profile/profile').then((m) => m.Profile),
  },
  {
    path: 'security',
    title: $localize`:@@account.security:Signing in and security`,
    loadComponent: () => import('./security/security').then((m) => m.Security),
  },
  {
    path: 'devices',
    title: $localize`:@@account.devices:Your devices`,
    loadComponent: () => import('./devices/devices').then((m) => m.Devices),
  },
  {
    path: 'blocked',
    title: $localize`:@@account.blocked:Blocked people`,
    loadComponent: () => import('./blocked/blocked').then((m) => m.Blocked),
  },
  {
    path: 'data',
    title: $localize`:@@account.data:Your data`,
    loadComponent: () => import('./data/data').then((m) => m.Data),
  },
];
