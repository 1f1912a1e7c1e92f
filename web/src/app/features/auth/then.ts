import { Injectable, inject } from '@angular/core';
import { ActivatedRoute, Router } from '@angular/router';

/** Where somebody goes after signing in: where they wanted to go, or to their chats. */
@Injectable({ providedIn: 'root' })
export class Then {
  private readonly router = inject(Router);

  async go(route: ActivatedRoute): Promise<void> {
    const wanted = route.snapshot.queryParamMap.get('then') ?? '';
    // A place of ours alone: `//` would begin another host's address.
    await this.router.navigateByUrl(/^\/(?!\/)/.test(wanted) ? wanted : '/c');
  }
}
