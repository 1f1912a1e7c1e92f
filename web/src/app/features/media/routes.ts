import type { Routes } from '@angular/router';

/** What media adds to the settings. */
export const routes: Routes = [{ path: '', loadComponent: () => import('./files/my-files').then((m) => m.MyFiles) }];
