import { Injectable, computed, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { People, type Person } from '@core/store';

import { namesOf } from '../../messages';

const TYPING_MS = 180;
const MOST = 6;

/** The people whom a post may name: a channel has too many followers to list, so they are searched for as one types. */
@Injectable()
export class Mentionable {
  private readonly api = inject(Api);
  private readonly known = inject(People);
  private readonly found = signal<ReadonlyMap<string, Person>>(new Map());
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly people = computed(() => [...this.found().values()]);
  readonly names = computed(() => namesOf(this.people()));

  /** Looks for those whose name begins with what stands behind an `@` before the cursor. */
  look(control: HTMLTextAreaElement): void {
    const [, typed] = /(?:^|[\s(])@([\p{L}\p{N}._]{1,32})$/u.exec(control.value.slice(0, control.selectionStart)) ?? [];
    clearTimeout(this.timer);
    if (typed) this.timer = setTimeout(() => void this.search(typed, control), TYPING_MS);
  }

  private async search(query: string, control: HTMLTextAreaElement): Promise<void> {
    const params = { query: { query, limit: MOST } };
    const page = await this.api.ask((http) => http.GET('/v1/users', { params })).catch(() => null);
    if (!page?.items.length) return;
    this.known.put(page.items);
    this.found.update((found) => new Map([...found, ...page.items.map((each) => [each.id, each] as const)]));
    // The list looks at the field when something happens in it.
    control.dispatchEvent(new KeyboardEvent('keyup'));
  }
}
