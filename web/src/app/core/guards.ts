import { inject } from '@angular/core';
import { type CanActivateFn, Router } from '@angular/router';

import { Session } from './session';

/** Lets in who is signed in; others sign in first and then get where they wanted to go. */
export const signedIn: CanActivateFn = (_route, place) => {
  if (inject(Session).isSignedIn()) return true;
  const then = place.url === '/' || place.url === '/c' ? undefined : place.url;
  return inject(Router).createUrlTree(['/sign-in'], { queryParams: { then } });
};

/** Keeps who is signed in from the pages for signing in. */
export const signedOut: CanActivateFn = () => {
  return inject(Session).isSignedIn() ? inject(Router).createUrlTree(['/c']) : true;
};
