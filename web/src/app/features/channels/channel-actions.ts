import { DOCUMENT, Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { type Channel, type Level, type Post, pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Toasts } from '@shared/toast';

/** What is done with a channel or a post from several places; what is refused is said in a toast. */
@Injectable({ providedIn: 'root' })
export class ChannelActions {
  private readonly api = inject(Api);
  private readonly channels = inject(ChannelStore);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly origin = inject(DOCUMENT).location.origin;

  follow(channel: Channel, level: Level = 'all', mutedUntil: string | null = null): Promise<boolean> {
    return this.tried(() => this.channels.follow(channel.id, level, mutedUntil));
  }

  async unfollow(channel: Channel): Promise<void> {
    const done = await this.tried(() => this.channels.unfollow(channel.id));
    if (done && channel.visibility === 'private') await this.router.navigateByUrl('/channels');
  }

  async remove(channel: Channel): Promise<void> {
    const params = { path: { channel_id: channel.id } };
    const done = await this.tried(() => this.api.ask((http) => http.DELETE('/v1/channels/{channel_id}', { params })));
    if (!done) return;
    this.channels.forget(channel.id);
    await this.router.navigateByUrl('/channels');
  }

  /** Gives or takes the platform's mark. */
  verify(channel: Channel, verified: boolean): Promise<boolean> {
    const params = { path: { channel_id: channel.id } };
    return this.tried(async () => {
      this.channels.put(await this.api.ask((http) => http.PUT('/v1/channels/{channel_id}/verified', { params, body: { verified } })));
    });
  }

  linkOf(channel: Channel, post?: Post): string {
    return `${this.origin}${pathOf(channel)}${post ? `?post=${post.id}` : ''}`;
  }

  async copy(text: string, words: string): Promise<void> {
    if (await this.tried(() => navigator.clipboard.writeText(text))) this.toasts.show(words);
  }

  react(post: Post, emoji: string): Promise<Post | null> {
    const mine = post.reactions.some((each) => each.emoji === emoji && each.mine);
    const params = { path: { post_id: post.id, emoji } };
    return this.answered(() =>
      this.api.ask((http) =>
        mine
          ? http.DELETE('/v1/posts/{post_id}/reactions/{emoji}', { params })
          : http.PUT('/v1/posts/{post_id}/reactions/{emoji}', { params }),
      ),
    );
  }

  pin(post: Post): Promise<Post | null> {
    const params = { path: { post_id: post.id } };
    return this.answered(() =>
      this.api.ask((http) =>
        post.pinned ? http.DELETE('/v1/posts/{post_id}/pin', { params }) : http.PUT('/v1/posts/{post_id}/pin', { params }),
      ),
    );
  }

  deletePost(post: Post): Promise<boolean> {
    const params = { path: { post_id: post.id } };
    return this.tried(() => this.api.ask((http) => http.DELETE('/v1/posts/{post_id}', { params })));
  }

  /** Opens the conversation below a post; one is a member of it from now on. */
  async comment(post: Post): Promise<void> {
    const params = { path: { post_id: post.id } };
    const comments = await this.answered(() => this.api.ask((http) => http.POST('/v1/posts/{post_id}/comments', { params })));
    if (comments) await this.router.navigate(['/c', comments.conversation_id]);
  }

  private async tried(work: () => Promise<unknown>): Promise<boolean> {
    return (await this.answered(async () => {
      await work();
      return true;
    })) ?? false;
  }

  private async answered<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      this.toasts.fail(error);
      return null;
    }
  }
}
