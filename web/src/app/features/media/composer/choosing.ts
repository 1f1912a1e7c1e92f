import { Injectable, inject } from '@angular/core';

import { Toasts } from '@shared/toast';

import { MOST_IN_MESSAGE, Uploads } from '../uploads/uploads';

/** Takes chosen, dropped and pasted files for a place, and says which it could not take. */
@Injectable({ providedIn: 'root' })
export class Choosing {
  private readonly uploads = inject(Uploads);
  private readonly toasts = inject(Toasts);

  choose(place: string, files: Iterable<File>): void {
    const all = [...files];
    const leftOut = this.uploads.add(place, all);
    const empty = all.filter((each) => each.size === 0).length;
    if (leftOut > empty) this.toasts.show($localize`:@@media.too_many:A message carries at most ${MOST_IN_MESSAGE}:most: files.`);
    else if (empty > 0) this.toasts.show($localize`:@@media.empty_file:There is nothing in that file.`);
  }
}
