import { Injectable, computed, inject } from '@angular/core';

import { Session } from './session';

/** What somebody may do on this platform besides using it. */
@Injectable({ providedIn: 'root' })
export class Roles {
  private readonly session = inject(Session);
  readonly administers = computed(() => this.has('admin'));
  readonly moderates = computed(() => this.administers() || this.has('moderator'));

  private has(role: 'moderator' | 'admin'): boolean {
    return this.session.me()?.roles.includes(role) ?? false;
  }
}
