import { ActivatedRoute } from '@angular/router';

/** Returns what stands behind `#` of a link from a mail or a provider: no server sees it, no log keeps it. */
export function factsOf(route: ActivatedRoute): URLSearchParams {
  return new URLSearchParams(route.snapshot.fragment ?? '');
}
