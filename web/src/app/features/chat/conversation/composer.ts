import {
  ChangeDetectionStrategy, Component, DestroyRef, ElementRef, afterNextRender, computed, effect, inject, input, model, output, signal, untracked, viewChild,
} from '@angular/core';

import { Api } from '@core/api';
import { ChatStore, type Conversation, Drafts, type Message, type Outgoing, People, Presences } from '@core/store';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { AttachButton, Attachments, Uploads, VoiceRecorder } from '../../media';
import {
  CommandSuggestions, EmojiPicker, ExpiryChoice, FormatBar, FormatKeys, LinePipe, Lives, MentionSuggestions, PollButton, type PollBody, SendLater, insert, namesIn, namesOf,
  parse, written,
} from '../../messages';
import { MoneyButton } from '../../payments';

import { injectWaitingTurn } from './waiting-turn';

const MOST = 8_000;

/** Where one writes: a new message, an answer, or an edit. */
@Component({
  selector: 'app-composer',
  imports: [
    AttachButton, Attachments, CommandSuggestions, EmojiPicker, ExpiryChoice, FormatBar, FormatKeys, Icon, LinePipe, MentionSuggestions, MoneyButton, PollButton, SendLater,
    VoiceRecorder,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'composer' },
  templateUrl: './composer.html',
})
export class Composer {
  readonly conversation = input.required<Conversation>();
  /** In the pane of a thread: the message that it began with, which is answered where no other one is. */
  readonly thread = input<string | null>(null);
  /** The message that is answered. */
  readonly answered = model<Message | null>(null);
  /** The message that is edited. */
  readonly edited = model<Message | null>(null);
  /** Somebody wants to edit their last message. */
  readonly editLast = output<void>();
  /** Something was sent. */
  readonly sent = output<void>();

  private readonly api = inject(Api);
  private readonly drafts = inject(Drafts);
  private readonly people = inject(People);
  private readonly presences = inject(Presences);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  private readonly uploads = inject(Uploads);
  private readonly control = viewChild.required<ElementRef<HTMLTextAreaElement>>('control');
  protected readonly most = MOST;
  protected readonly text = signal('');
  protected readonly isSaving = signal(false);
  private touched = false;

  protected readonly lives = inject(Lives);
  protected readonly insert = insert;
  protected readonly showsTools = signal(false);
  /** Under which files are chosen; a thread has its own. */
  protected readonly place = computed(() => this.thread() ?? this.conversation().id);
  /** Those who can be mentioned. */
  protected readonly others = computed(() => {
    const members = this.conversation().members ?? [];
    return members.map((each) => this.people.get(each.user_id)).filter((each) => each !== undefined);
  });
  private readonly names = computed(() => {
    const message = this.edited();
    return new Map([...namesOf(this.others()), ...(message ? namesIn(message) : [])]);
  });
  protected readonly isRecording = signal(false);
  protected readonly hasFiles = computed(() => !this.edited() && this.uploads.of(this.place())().length > 0);
  protected readonly isEmpty = computed(() => !this.text().trim() && !this.hasFiles());
  /** How long one has to wait for one's turn; edits need none, and what is sent later waits by itself. */
  private readonly turn = injectWaitingTurn(this.conversation);
  protected readonly wait = computed(() => (this.edited() ? null : this.turn()));
  protected readonly canSend = computed(() => !this.isEmpty() && !this.isSaving() && !this.wait());
  protected readonly answeredName = computed(() => (this.answered() && this.people.authorOf(this.answered()!)) ?? '');

  constructor() {
    afterNextRender(() => this.takeUpDraft());
    inject(DestroyRef).onDestroy(() => this.keep());
    // What another device wrote shows while nothing is written here.
    effect(() => {
      const draft = this.drafts.of(this.conversation().id)();
      untracked(() => !this.thread() && !this.touched && !this.edited() && !draft?.dirty && this.write(draft?.text ?? ''));
    });
    effect(() => {
      const message = this.edited();
      untracked(() => message && this.beginEdit(message));
    });
    effect(() => {
      if (this.answered()) untracked(() => this.focus());
    });
  }

  focus(): void {
    this.control().nativeElement.focus();
  }

  protected typed(): void {
    this.touched = true;
    this.text.set(this.control().nativeElement.value);
    this.grow();
    if (this.edited()) return;
    if (this.text()) this.presences.sayTyping(this.conversation().id);
    this.keep();
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const isPlain = !event.shiftKey && !event.altKey && !event.metaKey;
    if (event.key === 'Enter' && isPlain && !isTouch()) {
      event.preventDefault();
      void this.submit();
    } else if (event.key === 'ArrowUp' && isPlain && !event.ctrlKey && !this.text()) {
      event.preventDefault();
      this.editLast.emit();
    } else if (event.key === 'Escape' && (this.edited() || this.answered())) {
      event.preventDefault();
      this.callOff();
    }
  }

  protected async submit(): Promise<void> {
    if (!this.canSend()) return;
    const message = this.edited();
    if (message) return this.saveEdit(message);
    await this.send(() => this.takeFiles(), this.composed());
  }

  /** Sends what is written at a later time. */
  protected async sendLater(send_at: string): Promise<void> {
    if (!this.isEmpty()) await this.send(() => this.takeFiles(), { ...this.composed(), send_at });
  }

  protected sendPoll(poll: PollBody): Promise<void> {
    return this.send(() => Promise.resolve([]), { ...this.around(), poll });
  }

  /** What is written, with what belongs to every message. */
  private composed(): Outgoing {
    const { text, entities } = parse(this.text(), this.names());
    return { ...this.around(), text, entities: [...entities] };
  }

  private around(): Outgoing {
    return { reply_to: this.answered()?.id ?? this.thread(), ttl_s: this.lives.of(this.conversation().id) };
  }

  /** Sends what the recorder made. */
  protected sendVoice(media_ids: string[]): Promise<void> {
    return this.send(() => Promise.resolve(media_ids), this.around());
  }

  /** What was written goes at once; where its files cannot be sent it comes back. */
  private async send(files: () => Promise<string[]>, message: Outgoing): Promise<void> {
    const { id } = this.conversation();
    const [answered, typed] = [this.answered(), this.text()];
    if (message.text !== undefined) this.clear();
    this.answered.set(null);
    try {
      await this.store.send(id, { ...message, media_ids: await files() });
      this.sent.emit();
    } catch (error) {
      this.answered.set(answered);
      if (!this.text()) this.write(typed);
      this.keep();
      this.toasts.fail(error);
    }
  }

  private takeFiles(): Promise<string[]> {
    return this.hasFiles() ? this.uploads.take(this.place()) : Promise.resolve([]);
  }

  /** Leaves an answer or an edit. */
  protected callOff(): void {
    const wasEdit = this.edited() !== null;
    this.edited.set(null);
    this.answered.set(null);
    if (wasEdit) this.write((this.thread() ? undefined : this.drafts.get(this.conversation().id)?.text) ?? '');
    else this.keep();
    this.focus();
  }

  private async saveEdit(message: Message): Promise<void> {
    this.isSaving.set(true);
    try {
      const params = { path: { message_id: message.id } };
      const { text, entities } = parse(this.text(), this.names());
      const body = { text, entities: [...entities] };
      this.store.messageChanged(await this.api.ask((http) => http.PATCH('/v1/messages/{message_id}', { params, body })));
      this.callOff();
    } catch (error) {
      this.toasts.fail(error);
    } finally {
      this.isSaving.set(false);
    }
  }

  private beginEdit(message: Message): void {
    this.keep();
    this.answered.set(null);
    this.write(written(message, this.names()));
    this.focus();
  }

  private takeUpDraft(): void {
    if (this.thread()) return this.focus();
    const draft = this.drafts.get(this.conversation().id);
    if (draft?.text) this.write(draft.text);
    if (draft?.reply_to) void this.answerAgain(draft.reply_to);
    if (!isTouch()) this.focus();
  }

  private async answerAgain(id: string): Promise<void> {
    const params = { path: { message_id: id } };
    const found = await this.api.ask((http) => http.GET('/v1/messages/{message_id}', { params })).catch(() => null);
    if (found && !found.deleted && !this.answered()) this.answered.set({ ...found, state: 'sent' });
  }

  /** Keeps what was written as a draft; an edit is none. */
  private keep(): void {
    if (this.edited() || this.thread()) return;
    this.drafts.save(this.conversation().id, this.text(), [], this.answered()?.id ?? null);
  }

  private clear(): void {
    this.touched = false;
    this.answered.set(null);
    this.write('');
    if (!this.thread()) this.drafts.drop(this.conversation().id);
  }

  private write(text: string): void {
    const element = this.control().nativeElement;
    this.text.set(text);
    if (element.value !== text) element.value = text;
    this.grow();
  }

  /** As high as its text, up to what the style allows. */
  private grow(): void {
    const { style } = this.control().nativeElement;
    style.height = 'auto';
    style.height = `${this.control().nativeElement.scrollHeight}px`;
  }
}

/** On a phone Enter makes a line; sending has a button. */
function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches;
}
