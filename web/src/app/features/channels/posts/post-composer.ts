import {
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  computed,
  effect,
  inject,
  input,
  model,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { Api } from '@core/api';
import type { Channel, Post } from '@core/channels/channel';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { PostDrafts } from './post-drafts';
import { type PostBody, PostSender } from './post-sender';
import { inAnHour, localMinute, momentOf } from './moments';

const MAX_TEXT = 16_000;

/** Where the team of a channel writes: now or later, loud or silent, with comments or without. */
@Component({
  selector: 'app-post-composer',
  imports: [Control, Dialog, Field, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'post-composer' },
  templateUrl: './post-composer.html',
})
export class PostComposer {
  private readonly api = inject(Api);
  private readonly drafts = inject(PostDrafts);
  private readonly sender = inject(PostSender);
  private readonly toasts = inject(Toasts);
  private readonly box = viewChild.required<ElementRef<HTMLTextAreaElement>>('box');
  readonly channel = input.required<Channel>();
  /** The post whose text is being changed. */
  readonly editing = model<Post | null>(null);
  readonly changed = output<Post>();
  protected readonly max = MAX_TEXT;
  protected readonly sendLabel = $localize`:@@channels.publish:Publish`;
  protected readonly saveLabel = $localize`:@@channels.save:Save`;
  protected readonly text = signal('');
  protected readonly silent = signal(false);
  protected readonly comments = signal(false);
  protected readonly busy = signal(false);
  protected readonly scheduling = signal(false);
  protected readonly moment = signal('');
  protected readonly earliest = signal('');
  protected readonly canSend = computed(() => !this.busy() && this.text().trim().length > 0);

  constructor() {
    const id = computed(() => this.channel().id);
    effect(() => {
      const channelId = id();
      untracked(() => void this.restore(channelId));
    });
    effect(() => {
      const post = this.editing();
      untracked(() => post && this.fill(post.text));
    });
  }

  protected typed(text: string): void {
    this.text.set(text);
    this.fit();
    if (!this.editing()) void this.drafts.set(this.channel().id, text);
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.editing()) return this.cancel();
    // On a phone Enter makes a new line, as everywhere there.
    const wanted = event.key === 'Enter' && !event.shiftKey && !event.isComposing && matchMedia('(pointer: fine)').matches;
    if (!wanted) return;
    event.preventDefault();
    void this.send();
  }

  protected async send(): Promise<void> {
    if (!this.canSend()) return;
    const post = this.editing();
    if (post) return this.save(post);
    this.sender.send(this.channel().id, this.body());
    this.clear();
  }

  protected openSchedule(): void {
    this.earliest.set(localMinute(new Date()));
    this.moment.set(localMinute(inAnHour()));
    this.scheduling.set(true);
  }

  protected async schedule(): Promise<void> {
    const publishAt = momentOf(this.moment());
    if (!publishAt) return;
    this.busy.set(true);
    try {
      await this.sender.schedule(this.channel().id, { ...this.body(), publish_at: publishAt });
      this.scheduling.set(false);
      this.clear();
      this.toasts.show($localize`:@@channels.scheduled_done:The post is scheduled.`);
    } catch (error) {
      this.toasts.fail(error);
    } finally {
      this.busy.set(false);
    }
  }

  protected cancel(): void {
    this.editing.set(null);
    void this.restore(this.channel().id);
  }

  private async save(post: Post): Promise<void> {
    this.busy.set(true);
    try {
      const params = { path: { post_id: post.id } };
      const body = { text: this.text(), entities: [] };
      this.changed.emit(await this.api.ask((http) => http.PATCH('/v1/posts/{post_id}', { params, body })));
      this.cancel();
    } catch (error) {
      this.toasts.fail(error);
    } finally {
      this.busy.set(false);
    }
  }

  private body(): PostBody {
    return { text: this.text().trim(), entities: [], media_ids: [], silent: this.silent(), comments: this.comments() };
  }

  private async restore(channelId: string): Promise<void> {
    this.fill(await this.drafts.get(channelId), false);
  }

  private fill(text: string, focus = true): void {
    this.text.set(text);
    const box = this.box().nativeElement;
    box.value = text;
    this.fit();
    if (focus) box.focus();
  }

  private clear(): void {
    this.fill('');
    this.silent.set(false);
    void this.drafts.set(this.channel().id, '');
  }

  /** The field grows with what is in it. */
  private fit(): void {
    const box = this.box().nativeElement;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }
}
