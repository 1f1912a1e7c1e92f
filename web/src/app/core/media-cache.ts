import { Injectable, effect, inject } from '@angular/core';

import { Installation } from './installation';
import { Session } from './session';

/** Pictures and films stay in the browser's cache for a day, or until their person leaves. */
@Injectable({ providedIn: 'root' })
export class MediaCache {
  private readonly installation = inject(Installation);
  private readonly session = inject(Session);
  private person: string | null = null;

  constructor() {
    effect(() => {
      const now = this.session.me()?.id ?? null;
      if (this.person && this.person !== now) void this.forget().catch(() => undefined);
      this.person = now;
    });
  }

  /** Only the origin that media come from can have them dropped, and only a request with credentials (`Clear-Site-Data`). */
  private async forget(): Promise<void> {
    const origin = await this.installation.mediaOrigin();
    await fetch(`${origin}/media/forget`, { method: 'POST', mode: 'no-cors', credentials: 'include', keepalive: true });
  }
}
