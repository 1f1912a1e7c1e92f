import type { Api } from '../api';
import type { Schemas } from '../wire';

import type { MessageLog } from './message-log';

export const PAGE = 50;
const AT_ONCE = 3;
/** A page is asked for again when changes came meanwhile that it may lack. */
const ATTEMPTS = 3;

export interface PagesListener {
  landed(): void;
  failed(error: unknown): void;
}

/** Fetches the pages of one log around what is looked at. */
export class Pages {
  private readonly flying = new Set<number>();
  private wanted: number[] = [];

  constructor(
    private readonly api: Api,
    private readonly conversationId: string,
    private readonly log: MessageLog,
    private readonly head: () => number,
    private readonly listener: PagesListener,
  ) {}

  /** Sees to it that all from `from` to `to` get known. What was wanted before and is not any more is not asked for. */
  want(from: number, to: number): void {
    const last = Math.min(to, this.head());
    const pages = new Set<number>();
    for (let seq = Math.max(1, from); seq <= last; seq++) {
      if (!this.log.isFresh(seq)) pages.add(pageOf(seq));
    }
    // The middle of the screen first.
    const middle = pageOf((from + last) / 2);
    this.wanted = [...pages].sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
    this.next();
  }

  private next(): void {
    while (this.flying.size < AT_ONCE) {
      const page = this.wanted.find((each) => !this.flying.has(each));
      if (page === undefined) return;
      this.wanted = this.wanted.filter((each) => each !== page);
      this.flying.add(page);
      void this.fetch(page).then(
        () => {
          this.landed(page);
          this.listener.landed();
        },
        (error: unknown) => {
          this.landed(page);
          this.listener.failed(error);
        },
      );
    }
  }

  private landed(page: number): void {
    this.flying.delete(page);
    this.next();
  }

  private async fetch(page: number): Promise<void> {
    const after = page * PAGE;
    for (let attempt = 1; ; attempt++) {
      const { clock, missed } = this.log;
      const head = this.head();
      const items = await this.ask(after);
      if (this.log.missed !== missed && attempt < ATTEMPTS) continue;
      const last = items.at(-1)?.seq ?? 0;
      // A full answer is complete up to its last message, another one up to the end as it was.
      this.log.fill(after + 1, items.length < PAGE ? Math.max(head, last) : last, items, clock);
      this.log.trim(after, head);
      return;
    }
  }

  private async ask(after: number): Promise<readonly Schemas['MessageView'][]> {
    const params = { path: { conversation_id: this.conversationId }, query: { after_seq: after, limit: PAGE } };
    return (
      await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/messages', { params }))
    ).items;
  }
}

function pageOf(seq: number): number {
  return Math.floor((seq - 1) / PAGE);
}
