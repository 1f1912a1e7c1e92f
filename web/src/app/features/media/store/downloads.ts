import { Injectable, inject } from '@angular/core';

import { Toasts } from '@shared/toast';

import { Links } from './links';

/** Saves media on this device. */
@Injectable({ providedIn: 'root' })
export class Downloads {
  private readonly links = inject(Links);
  private readonly toasts = inject(Toasts);

  async save(id: string): Promise<void> {
    try {
      const anchor = document.createElement('a');
      anchor.href = await this.links.toSave(id);
      anchor.rel = 'noopener';
      anchor.click(); // the answer says that it is to be saved: the page stays
    } catch (error) {
      this.toasts.fail(error, { label: $localize`:@@media.retry:Try again`, run: () => void this.save(id) });
    }
  }
}
