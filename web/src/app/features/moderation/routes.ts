import { inject } from '@angular/core';
import { type CanActivateFn, Router, type Routes } from '@angular/router';

import { Roles } from '@core/roles';
import { Session } from '@core/session';

/** The server asks again at each call; this only keeps people from pages that would show them nothing. */
const moderators = mustBe('moderates', '/c');
const admins = mustBe('administers', '/moderation');

function mustBe(role: 'moderates' | 'administers', otherwise: string): CanActivateFn {
  return async () => {
    const [roles, router, session] = [inject(Roles), inject(Router), inject(Session)];
    // What is remembered of an earlier visit may be out of date; the token comes with what holds now.
    if (!roles[role]()) await session.token().catch(() => null);
    return roles[role]() || router.createUrlTree([otherwise]);
  };
}

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
        path: 'ads',
        title: $localize`:@@ads.to_review:Ads to review`,
        loadComponent: () => import('./ads').then((m) => m.ModeratedAds),
      },
      {
        path: 'reported-ads',
        title: $localize`:@@ads.reports:Reported ads`,
        loadComponent: () => import('./ads').then((m) => m.ReportedAds),
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
      {
        path: 'instances',
        canActivate: [admins],
        title: $localize`:@@moderation.instances:Instances`,
        loadComponent: () => import('./instances/instances').then((m) => m.Instances),
      },
    ],
  },
];
