import { computed, signal } from '@angular/core';

import type { Api } from '@core/api';
import type { Schemas } from '@core/wire';

export type SharedMessage = Schemas['MessageView'];
export type Carried = 'media' | 'links';
const PAGE = 50;

/** The messages of a conversation that carry media, or links: the newest ones, and older ones page by page. */
export class SharedPages {
  private readonly found = signal<readonly SharedMessage[] | null>(null);
  private next: number | undefined;
  private asking = false;
  /** In the order in which they were written; null until the first page has come. */
  readonly messages = this.found.asReadonly();
  readonly hasMore = signal(false);
  readonly isEmpty = computed(() => this.found()?.length === 0);

  constructor(
    private readonly api: Api,
    private readonly conversationId: string,
    private readonly kind: Carried,
  ) {}

  /** Asks for the next older page. */
  async more(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const query = { kind: this.kind, limit: PAGE, before_seq: this.next };
      const params = { path: { conversation_id: this.conversationId }, query };
      const page = await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/shared', { params }));
      this.next = page.next ? Number(page.next) : undefined;
      this.hasMore.set(page.next !== null);
      this.found.update((messages) => [...page.items, ...(messages ?? [])]);
    } finally {
      this.asking = false;
    }
  }
}
