import { Injectable, computed, inject, signal } from '@angular/core';

import { type Channel, pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { type ProblemError, asProblem } from '@core/problem';

/** The channel that a page is about, found by its id or handle and then live. */
@Injectable()
export class CurrentChannel {
  private readonly channels = inject(ChannelStore);
  private readonly id = signal<string | null>(null);
  private readonly refusal = signal<ProblemError | null>(null);
  private key = '';

  readonly channel = computed(() => (this.id() ? this.channels.channel(this.id()!) : undefined));
  /** Why it cannot be shown; it may also have gone while one looked at it. */
  readonly problem = computed<ProblemError | 'gone' | null>(() => this.refusal() ?? (this.id() && !this.channel() ? 'gone' : null));
  readonly path = computed(() => (this.channel() ? pathOf(this.channel()!) : '/channels'));

  /** Finds the channel; null when it is not there, or when another one was asked for meanwhile. */
  async open(key: string): Promise<Channel | null> {
    this.key = key;
    this.id.set(null);
    this.refusal.set(null);
    try {
      const channel = await this.channels.find(key);
      if (this.key !== key) return null;
      this.id.set(channel.id);
      return channel;
    } catch (error) {
      if (this.key === key) this.refusal.set(asProblem(error));
      return null;
    }
  }

  /** Returns the channel where a page is only shown with one. */
  get now(): Channel {
    return this.channel()!;
  }
}
