import {
  type ApplicationConfig,
  inject,
  provideAppInitializer,
  provideBrowserGlobalErrorListeners,
  provideZonelessChangeDetection,
} from '@angular/core';
import { TitleStrategy, provideRouter, withComponentInputBinding, withInMemoryScrolling } from '@angular/router';

import { Offline } from '@core/offline';
import { Session } from '@core/session';
import { Theme } from '@core/theme';

import { routes } from './app.routes';
import { PageTitle } from './page-title';

export const appConfig: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    provideBrowserGlobalErrorListeners(),
    provideRouter(routes, withComponentInputBinding(), withInMemoryScrolling({ scrollPositionRestoration: 'disabled' })),
    { provide: TitleStrategy, useClass: PageTitle },
    provideAppInitializer(() => {
      inject(Theme);
      void inject(Offline).start();
      return inject(Session).start();
    }),
  ],
};
