import { inject } from '@angular/core';
import { type CanActivateFn, Router, type Routes } from '@angular/router';

import { Roles } from '@core/roles';

/** The server asks again at each call; this only keeps people from pages that would show them nothing. */
const moderators: CanActivateFn = () => inject(Roles).moderates() || inject(Router).createUrlTree(['/c']);
const admins: CanActivateFn = () => inject(Roles).administers() || inject(Router).createUrlTree(['/moderation']);

/** What the platform's moderators and administrators see. */
export const routes: Routes = [
  {
    path: '',
    canActivate: [moderators],
    loadComponent: () => import('./moderation').then((m) => m.Moderation),
    children: [
      { path: '', pathMatch: 'full', loadComponent: () => import('./overview').then((m) => m.ModerationOverview) },
      {
        path: 'reports',
        title: $localize`:@@moderation.reports:Reports`,
        loadComponent: () => import('./reports/reports').then((m) => m.Reports),
      },
      {
        path: 'reports/:id',
        title: $localize`:@@moderation.report:Report`,
        loadComponent: () => import('./reports/report-page').then((m) => m.ReportPage),
      },
      {
        path: 'people',
        canActivate: [admins],
        title: $localize`:@@moderation.people:People`,
        loadComponent: () => import('./people/people').then((m) => m.People),
      },
      {
        path: 'audit',
        canActivate: [admins],
        title: $localize`:@@moderation.audit:Audit log`,
        loadComponent: () => import('./audit/audit').then((m) => m.Audit),
      },
    ],
  },
];
