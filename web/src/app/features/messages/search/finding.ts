import { Injectable, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import type { Message } from '@core/store';
import type { Schemas } from '@core/wire';

import { firstLink } from '../text/links';

type Found = Schemas['MessageView'];

/** What is looked for, and where. The words and the conversation are the server's; the rest is filtered here. */
export interface Wanted {
  readonly words: string;
  readonly conversationId: string | null;
  readonly authorId: string | null;
  /** Only what was sent since this many days. */
  readonly days: number | null;
  readonly kind: 'all' | 'files' | 'links' | 'polls';
}

export const NOTHING: Wanted = { words: '', conversationId: null, authorId: null, days: null, kind: 'all' };

const PAGE = 30;
/** So many pages are looked through for one page of filtered results. */
const MOST_PAGES = 8;
const DAY_MS = 86_400_000;

/** Results, the latest first, page by page. Each page that searches provides its own. */
@Injectable()
export class Finding {
  private readonly api = inject(Api);
  private readonly items = signal<readonly Message[]>([]);
  private readonly busy = signal(false);
  private readonly refused = signal('');
  private wanted = NOTHING;
  private after: string | null = null;
  private turn = 0;

  readonly found = this.items.asReadonly();
  readonly isBusy = this.busy.asReadonly();
  /** Why there are no results, in words. */
  readonly problem = this.refused.asReadonly();
  readonly hasMore = signal(false);
  /** Whether the list is that of a search, and not of none. */
  readonly isDone = signal(false);

  /** Begins anew. */
  async find(wanted: Wanted): Promise<void> {
    this.wanted = { ...wanted, words: wanted.words.trim() };
    this.turn++;
    this.items.set([]);
    this.after = null;
    this.isDone.set(false);
    this.hasMore.set(false);
    this.busy.set(false);
    if (this.wanted.words) await this.more();
  }

  /** Adds the next results. */
  async more(): Promise<void> {
    if (this.busy()) return;
    const turn = this.turn;
    this.busy.set(true);
    this.refused.set('');
    try {
      await this.gather(turn);
    } catch (error) {
      if (turn === this.turn) this.refused.set(asProblem(error).words);
    } finally {
      if (turn === this.turn) {
        this.busy.set(false);
        this.isDone.set(true);
      }
    }
  }

  private async gather(turn: number): Promise<void> {
    const enough = this.items().length + PAGE / 2;
    for (let page = 0; page < MOST_PAGES; page++) {
      const { items, next } = await this.ask();
      if (turn !== this.turn) return;
      const since = this.wanted.days === null ? 0 : Date.now() - this.wanted.days * DAY_MS;
      const hits = items.filter((each) => matches(each, this.wanted, since));
      this.items.update((list) => [...list, ...hits.map((each): Message => ({ ...each, state: 'sent' }))]);
      this.after = next ?? null;
      // The latest come first: beyond the first that is too old there is nothing more.
      const isOver = !this.after || items.some((each) => new Date(each.created_at).getTime() < since);
      this.hasMore.set(!isOver);
      if (isOver || this.items().length >= enough) return;
    }
  }

  private ask() {
    const { words, conversationId } = this.wanted;
    const query = {
      q: words,
      conversation_id: conversationId ?? undefined,
      limit: PAGE,
      after: this.after ?? undefined,
    };
    return this.api.ask((http) => http.GET('/v1/search', { params: { query } }));
  }
}

export function matches(message: Found, { authorId, kind }: Wanted, since: number): boolean {
  if (authorId && message.author_id !== authorId) return false;
  if (new Date(message.created_at).getTime() < since) return false;
  if (kind === 'files') return message.media_ids.length > 0;
  if (kind === 'polls') return message.kind === 'poll';
  return kind === 'all' || firstLink(message) !== null;
}
