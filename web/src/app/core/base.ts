import { DOCUMENT, InjectionToken, inject } from '@angular/core';

/**
 * Where this build of the client is served: `/en/` or `/es/`, and `/` by `ng serve`.
 *
 * The page has no `<base>`, so that none counts that somebody got into it (`base-uri 'none'` in nginx.conf): whatever is
 * not the router's begins with this.
 */
export const BASE_PATH = new InjectionToken<string>('where the client is served', {
  providedIn: 'root',
  factory: () => basePath(inject(DOCUMENT).location.pathname),
});

export function basePath(pathname: string): string {
  return /^\/(es|en)\//.exec(pathname)?.[0] ?? '/';
}
