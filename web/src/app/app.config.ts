import { APP_BASE_HREF } from '@angular/common';
import {
  type ApplicationConfig,
  inject,
  provideAppInitializer,
  provideBrowserGlobalErrorListeners,
  provideZonelessChangeDetection,
} from '@angular/core';
import { TitleStrategy, provideRouter, withComponentInputBinding, withInMemoryScrolling } from '@angular/router';

import { BASE_PATH } from '@core/base';
import { MediaCache } from '@core/media-cache';
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
    { provide: APP_BASE_HREF, useExisting: BASE_PATH },
    { provide: TitleStrategy, useClass: PageTitle },
    provideAppInitializer(() => {
      inject(Theme);
      inject(MediaCache);
      void inject(Offline).start();
      void inject(Session).start();
    }),
  ],
};
