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

import { AttachButton, Attachments, Uploads, VoiceRecorder } from '../../media';
import { EmojiPicker, FormatBar, FormatKeys, MentionSuggestions, insert, namesIn, parse, written } from '../../messages';

import { FREE, PostTerms } from '../../payments';

import { Mentionable } from './mentionable';
import { inAnHour, localMinute, momentOf } from './moments';
import { PostDrafts } from './post-drafts';
import { type PostBody, PostSender } from './post-sender';

const MAX_TEXT = 16_000;

/** Where the team of a channel writes: now or later, loud or silent, with comments or without. */
@Component({
  selector: 'app-post-composer',
  imports: [
    AttachButton, Attachments, Control, Dialog, EmojiPicker, Field, FormatBar, FormatKeys, Icon, MentionSuggestions, PostTerms, VoiceRecorder,
  ],
  providers: [Mentionable],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'composer' },
  templateUrl: './post-composer.html',
})
export class PostComposer {
  private readonly api = inject(Api);
  private readonly drafts = inject(PostDrafts);
  private readonly sender = inject(PostSender);
  private readonly toasts = inject(Toasts);
  private readonly uploads = inject(Uploads);
  private readonly control = viewChild.required<ElementRef<HTMLTextAreaElement>>('box');
  readonly channel = input.required<Channel>();
  /** The post whose text is being changed. */
  readonly editing = model<Post | null>(null);
  readonly changed = output<Post>();
  protected readonly mentionable = inject(Mentionable);
  protected readonly insert = insert;
  protected readonly max = MAX_TEXT;
  protected readonly text = signal('');
  protected readonly silent = signal(false);
  protected readonly comments = signal(false);
  /** Who may read the next post. */
  protected readonly terms = signal(FREE);
  protected readonly busy = signal(false);
  protected readonly isRecording = signal(false);
  protected readonly showsTools = signal(matchMedia('(min-width: 600px)').matches);
  protected readonly scheduling = signal(false);
  protected readonly moment = signal('');
  protected readonly earliest = signal('');
  private readonly files = computed(() => (this.editing() ? [] : this.uploads.of(this.channel().id)()));
  protected readonly isEmpty = computed(() => !this.text().trim() && this.files().length === 0);
  protected readonly canSend = computed(() => !this.busy() && !this.isEmpty());
  private readonly names = computed(() => {
    const post = this.editing();
    return new Map([...this.mentionable.names(), ...(post ? namesIn(post) : [])]);
  });

  constructor() {
    const id = computed(() => this.channel().id);
    effect(() => {
      const channelId = id();
      untracked(() => void this.restore(channelId));
    });
    effect(() => {
      const post = this.editing();
      untracked(() => post && this.fill(written(post, this.names())));
    });
  }

  protected typed(box: HTMLTextAreaElement): void {
    this.text.set(box.value);
    this.fit();
    this.mentionable.look(box);
    if (!this.editing()) void this.drafts.set(this.channel().id, box.value);
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.editing()) return this.cancel();
    // On a phone Enter makes a new line, as everywhere there.
    const isPlain = !event.shiftKey && !event.altKey && !event.isComposing && matchMedia('(pointer: fine)').matches;
    if (event.key !== 'Enter' || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    void this.send();
  }

  protected async send(): Promise<void> {
    if (!this.canSend()) return;
    const post = this.editing();
    if (post) return this.save(post);
    await this.working(async () => {
      const { id } = this.channel();
      this.sender.send(id, await this.body());
      this.clear();
    });
  }

  /** Publishes what the recorder made. */
  protected sendVoice(media_ids: string[]): void {
    this.sender.send(this.channel().id, { media_ids, silent: this.silent(), comments: this.comments() });
  }

  protected openSchedule(): void {
    this.earliest.set(localMinute(new Date()));
    this.moment.set(localMinute(inAnHour()));
    this.scheduling.set(true);
  }

  protected async schedule(): Promise<void> {
    const publishAt = momentOf(this.moment());
    if (!publishAt) return;
    await this.working(async () => {
      await this.sender.schedule(this.channel().id, { ...(await this.body()), publish_at: publishAt });
      this.scheduling.set(false);
      this.clear();
      this.toasts.show($localize`:@@channels.scheduled_done:The post is scheduled.`);
    });
  }

  protected cancel(): void {
    this.editing.set(null);
    void this.restore(this.channel().id);
  }

  private async save(post: Post): Promise<void> {
    await this.working(async () => {
      const params = { path: { post_id: post.id } };
      const { text, entities } = parse(this.text(), this.names());
      const body = { text, entities: [...entities] };
      this.changed.emit(await this.api.ask((http) => http.PATCH('/v1/posts/{post_id}', { params, body })));
      this.cancel();
    });
  }

  private working(work: () => Promise<void>): Promise<void> {
    return this.toasts.attempt(this.busy, work);
  }

  private async body(): Promise<PostBody> {
    const media_ids = this.files().length ? await this.uploads.take(this.channel().id) : [];
    const { text, entities } = parse(this.text(), this.names());
    return { text, entities: [...entities], media_ids, silent: this.silent(), comments: this.comments(), ...this.terms() };
  }

  private async restore(channelId: string): Promise<void> {
    const draft = await this.drafts.get(channelId);
    if (channelId === this.channel().id && !this.editing()) this.fill(draft, false);
  }

  private fill(text: string, focus = true): void {
    this.text.set(text);
    const box = this.control().nativeElement;
    box.value = text;
    this.fit();
    if (focus) box.focus();
  }

  private clear(): void {
    this.fill('');
    this.silent.set(false);
    this.terms.set(FREE);
    void this.drafts.set(this.channel().id, '');
  }

  /** The field grows with what is in it. */
  private fit(): void {
    const box = this.control().nativeElement;
    box.style.height = 'auto';
    box.style.height = `${box.scrollHeight}px`;
  }
}
