import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { type Channel, pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { type ProblemError, asProblem } from '@core/problem';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';

import { MediaAvatar } from '../media';
import { ChannelActions } from './channel-actions';

const TYPING_MS = 250;

/** Public channels: the search, or those that most people follow. */
@Component({
  selector: 'app-browse-channels',
  imports: [MediaAvatar, Empty, Icon, RouterLink, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  templateUrl: './browse.html',
})
export class Browse {
  private readonly api = inject(Api);
  private readonly channels = inject(ChannelStore);
  private readonly router = inject(Router);
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly ids = signal<readonly string[]>([]);
  private readonly next = signal<string | null>(null);
  protected readonly actions = inject(ChannelActions);
  protected readonly pathOf = pathOf;
  protected readonly state = signal<'loading' | 'loaded'>('loading');
  protected readonly problem = signal<ProblemError | null>(null);
  /** What is searched for, and the topic; both stand in the address. */
  readonly q = input<string>();
  readonly topic = input<string>();
  protected readonly hasMore = computed(() => this.next() !== null);
  protected readonly found = computed(() =>
    this.ids().map((id) => this.channels.channel(id)).filter((each): each is Channel => !!each),
  );

  constructor() {
    effect(() => {
      const asked = [this.q() ?? '', this.topic()] as const;
      untracked(() => void this.search(...asked));
    });
  }

  protected type(words: string): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.go({ q: words.trim() || null }), TYPING_MS);
  }

  protected go(queryParams: { q?: string | null; topic?: string | null }): void {
    void this.router.navigate([], { queryParams, queryParamsHandling: 'merge', replaceUrl: true });
  }

  protected more(): Promise<void> {
    return this.search(this.q() ?? '', this.topic(), this.next() ?? undefined);
  }

  private async search(query: string, topic?: string, after?: string): Promise<void> {
    const mine = ++this.asked;
    if (!after) this.state.set('loading');
    this.problem.set(null);
    try {
      const params = { query: { query, topic, after, limit: 30 } };
      const page = await this.api.ask((http) => http.GET('/v1/channels', { params }));
      if (mine !== this.asked) return;
      page.items.forEach((each) => this.channels.put(each));
      const ids = page.items.map((each) => each.id);
      this.ids.update((before) => (after ? [...new Set([...before, ...ids])] : ids));
      this.next.set(page.next);
    } catch (error) {
      if (mine === this.asked) this.problem.set(asProblem(error));
    }
    if (mine === this.asked) this.state.set('loaded');
  }
}
