import { Injectable, type WritableSignal, computed, inject, signal, type Signal } from '@angular/core';

import { Api } from '../api';
import { Session } from '../session';
import type { Schemas } from '../wire';

import type { Person } from './types';

type Authored = Pick<Schemas['MessageView'], 'author_id' | 'webhook'>;

const GATHER_MS = 15;
const AT_ONCE = 100;
const RETRY_MS = 10_000;

/** Other people by their ids; asked for together, kept while the page is open. */
@Injectable({ providedIn: 'root' })
export class People {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly known = new Map<string, WritableSignal<Person | undefined>>();
  private readonly asked = new Set<string>();
  private waiting = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Changes whenever somebody gets known; for what is computed from many of them. */
  readonly revision = signal(0);

  signalOf(id: string): Signal<Person | undefined> {
    const me = this.session.me;
    if (me()?.id === id) return computed(() => me() ?? undefined);
    this.want(id);
    return this.slot(id).asReadonly();
  }

  get(id: string): Person | undefined {
    this.want(id);
    const me = this.session.me();
    return me?.id === id ? me : this.slot(id)();
  }

  /** Returns the name that stands at a message: a person's, or that of the webhook that it came in by. */
  authorOf({ author_id, webhook }: Authored): string | undefined {
    return webhook ? webhook.name : this.get(author_id)?.display_name;
  }

  /** Takes over people as some answer showed them. */
  put(people: readonly Person[], isCurrent = true): void {
    for (const each of people) {
      this.slot(each.id).set(each);
      if (isCurrent) this.asked.add(each.id);
    }
    this.revision.update((count) => count + 1);
  }

  all(): Person[] {
    return [...this.known.values()].map((each) => each()).filter((each) => each !== undefined);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.known.clear();
    this.asked.clear();
    this.waiting.clear();
  }

  private slot(id: string): WritableSignal<Person | undefined> {
    const found = this.known.get(id) ?? signal<Person | undefined>(undefined);
    this.known.set(id, found);
    return found;
  }

  private want(id: string): void {
    if (this.asked.has(id)) return;
    this.asked.add(id);
    this.waiting.add(id);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), GATHER_MS);
  }

  private async ask(): Promise<void> {
    const ids = [...this.waiting];
    this.waiting = new Set();
    for (let start = 0; start < ids.length; start += AT_ONCE) await this.fetch(ids.slice(start, start + AT_ONCE));
  }

  private async fetch(ids: string[]): Promise<void> {
    try {
      const query = { ids: ids.join(',') };
      const { items } = await this.api.ask((http) => http.GET('/v1/users', { params: { query } }));
      const found = new Set(items.map((each) => each.id));
      this.put([...items, ...ids.filter((id) => !found.has(id)).map(gone)]);
    } catch {
      setTimeout(() => ids.forEach((id) => this.asked.delete(id)), RETRY_MS);
    }
  }
}

/** Stands for somebody whom Charla knows no more: their account was deleted. */
function gone(id: string): Person {
  const name = $localize`:@@core.person.gone:Deleted account`;
  return { id, username: '', display_name: name, created_at: '', deactivated: true };
}
