import { Injectable, computed, inject, signal, type Signal } from '@angular/core';
import { Subject } from 'rxjs';

import { Api } from '@core/api';
import type { Post } from '@core/channels/channel';
import { Database } from '@core/database';
import { Live } from '@core/live';
import { type ProblemError, asProblem } from '@core/problem';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

export type PostBody = Omit<Schemas['PublishBody'], 'client_post_id'>;

/** A post that waits for its channel's answer, or was refused. */
export interface Pending {
  readonly id: string;
  readonly channelId: string;
  readonly body: PostBody;
  readonly begunAt: string;
  readonly state: 'sending' | 'failed';
  readonly problem: ProblemError | null;
}

const AGAIN_MS = 5_000;

/**
 * Publishes posts. Each has an id of the client's own, under which it is published once however often it
 * is sent, so what the network broke is simply sent again: by itself, after a reload too.
 */
@Injectable({ providedIn: 'root' })
export class PostSender {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly database = inject(Database);
  private readonly all = signal<readonly Pending[]>([]);
  private readonly done = new Subject<Post>();
  private readonly busy = new Set<string>();
  private readonly restored = new Set<string>();

  /** Posts of one's own that were published just now. */
  readonly published = this.done.asObservable();

  constructor() {
    inject(Live).ready.subscribe(() => this.all().forEach((each) => each.state === 'sending' && void this.attempt(each)));
  }

  pendingOf(channelId: string): Signal<readonly Pending[]> {
    void this.restore(channelId);
    return computed(() => this.all().filter((each) => each.channelId === channelId));
  }

  /** Publishes a post: it shows at once as one that waits. */
  send(channelId: string, body: PostBody): void {
    this.begin(crypto.randomUUID(), channelId, body);
  }

  /** Has a post published at a time; answers when it is noted. */
  async schedule(channelId: string, body: PostBody): Promise<void> {
    await this.call(channelId, { ...body, client_post_id: crypto.randomUUID() });
  }

  retry(id: string): void {
    const found = this.all().find((each) => each.id === id);
    if (!found) return;
    this.change(id, { state: 'sending', problem: null });
    void this.attempt(found);
  }

  discard(id: string): void {
    const found = this.all().find((each) => each.id === id);
    this.all.update((all) => all.filter((each) => each.id !== id));
    if (found) void this.keep(found.channelId);
  }

  private begin(id: string, channelId: string, body: PostBody): void {
    const begunAt = new Date().toISOString();
    const pending: Pending = { id, channelId, body, begunAt, state: 'sending', problem: null };
    this.all.update((all) => [...all, pending]);
    void this.attempt(pending);
  }

  private async attempt({ id, channelId, body }: Pending): Promise<void> {
    if (this.busy.has(id)) return;
    this.busy.add(id);
    void this.keep(channelId);
    try {
      const answer = await this.call(channelId, { ...body, client_post_id: id });
      this.discard(id);
      if ('seq' in answer) this.done.next(answer);
    } catch (error) {
      this.refused(id, asProblem(error));
    } finally {
      this.busy.delete(id);
    }
  }

  private refused(id: string, problem: ProblemError): void {
    if (!problem.isTemporary) return this.change(id, { state: 'failed', problem });
    setTimeout(() => {
      const waiting = this.all().find((each) => each.id === id && each.state === 'sending');
      if (waiting) void this.attempt(waiting);
    }, AGAIN_MS);
  }

  private call(channelId: string, body: Schemas['PublishBody']): Promise<Post | Schemas['ScheduledPostView']> {
    const params = { path: { channel_id: channelId } };
    return this.api.ask((http) => http.POST('/v1/channels/{channel_id}/posts', { params, body }));
  }

  private change(id: string, changes: Partial<Pending>): void {
    this.all.update((all) => all.map((each) => (each.id === id ? { ...each, ...changes } : each)));
  }

  /** Notes what waits in a channel, so that a reload goes on with it. */
  private async keep(channelId: string): Promise<void> {
    const waiting = this.all().filter((each) => each.channelId === channelId).map(({ id, body }) => ({ id, body }));
    const place = placeOf(channelId);
    const database = await this.open();
    if (waiting.length) await database?.put('drafts', { place, value: waiting, savedAt: Date.now() });
    else await database?.delete('drafts', place);
  }

  private async restore(channelId: string): Promise<void> {
    if (this.restored.has(channelId)) return;
    this.restored.add(channelId);
    const kept = await (await this.open())?.get('drafts', placeOf(channelId));
    for (const { id, body } of (kept?.value ?? []) as Pick<Pending, 'id' | 'body'>[]) {
      if (this.all().some((each) => each.id === id)) continue;
      this.begin(id, channelId, body);
    }
  }

  private async open() {
    const me = this.session.me()?.id;
    return me ? this.database.open(me).catch(() => null) : null;
  }
}

function placeOf(channelId: string): string {
  return `channel-posts:${channelId}`;
}
