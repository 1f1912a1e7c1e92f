import { computed, signal } from '@angular/core';

import type { Api } from '@core/api';
import type { Post } from '@core/channels/channel';

/** More are not shown above the posts. */
const MOST = 100;

/** The pinned posts of a channel, wherever in its log they stand; in the order of the log. */
export class PinnedPosts {
  private readonly found = signal<ReadonlyMap<string, Post>>(new Map());
  readonly posts = computed(() => [...this.found().values()].sort((a, b) => a.seq - b.seq));

  constructor(
    private readonly api: Api,
    private readonly channelId: string,
  ) {}

  async load(): Promise<void> {
    const params = { path: { channel_id: this.channelId }, query: { pinned: true, limit: MOST } };
    const page = await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/posts', { params }));
    this.found.set(new Map(page.items.map((each) => [each.id, each])));
  }

  /** Takes in a post as it is now: it may be pinned, be pinned no more, or be gone. */
  take(post: Post): void {
    const isPinned = post.pinned && !post.deleted;
    if (!isPinned && !this.found().has(post.id)) return;
    const posts = new Map(this.found());
    if (isPinned) posts.set(post.id, post);
    else posts.delete(post.id);
    this.found.set(posts);
  }

  remove(id: string): void {
    const posts = new Map(this.found());
    if (posts.delete(id)) this.found.set(posts);
  }
}
