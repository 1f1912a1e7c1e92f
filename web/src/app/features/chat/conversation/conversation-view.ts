import { ChangeDetectionStrategy, Component, DestroyRef, computed, effect, inject, input, signal, untracked, viewChild } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Title } from '@angular/platform-browser';

import { Live } from '@core/live';
import { Session } from '@core/session';
import { ChatStore, Jumps, type Message, People } from '@core/store';
import { Announcer } from '@shared/announcer';
import { Empty } from '@shared/empty';
import { Spinner } from '@shared/spinner';

import { DropZone } from '../../media';

import { ConversationSearch, MessageDialogs, PinsBar, ThreadPane, lineOf } from '../../messages';

import { Composer } from './composer';
import { ConversationHeader } from './conversation-header';
import { MessageList } from './message-list';
import { MessageRow } from './message-row';
import { type Row, rowAlone } from './rows';

/** How far back one looks for one's last message to edit it. */
const LOOK_BACK = 200;
const POLLING_MS = 5_000;

/** A conversation: who, what was said, and where one writes. */
@Component({
  selector: 'app-conversation-view',
  imports: [
    Composer, ConversationHeader, ConversationSearch, DropZone, Empty, MessageDialogs, MessageList, MessageRow, PinsBar, Spinner, ThreadPane,
  ],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'conversation' },
  templateUrl: './conversation-view.html',
})
export class ConversationView {
  readonly id = input.required<string>();
  readonly at = input<string>();

  private readonly announcer = inject(Announcer);
  private readonly live = inject(Live);
  private readonly people = inject(People);
  private readonly store = inject(ChatStore);
  private readonly title = inject(Title);
  private readonly me = inject(Session).me;
  private readonly list = viewChild(MessageList);
  private readonly composer = viewChild(Composer);

  protected readonly conversation = computed(() => this.store.conversation(this.id())());
  protected readonly isOpened = signal(false);
  protected readonly answered = signal<Message | null>(null);
  protected readonly edited = signal<Message | null>(null);
  protected readonly isSearching = signal(false);
  /** The message whose thread is open. */
  protected readonly threadRoot = signal<string | null>(null);
  protected readonly answeredInThread = signal<Message | null>(null);
  protected readonly editedInThread = signal<Message | null>(null);
  private readonly threadRows = new WeakMap<Message, Row>();
  protected readonly startAt = computed(() => Number(this.at()) || null);

  constructor() {
    effect(() => {
      const id = this.id();
      untracked(() => void this.store.open(id).then(() => this.isOpened.set(true)));
    });
    effect((onCleanup) => {
      const id = this.id();
      this.live.watch(id);
      onCleanup(() => this.live.unwatch(id));
    });
    this.live.ready.pipe(takeUntilDestroyed()).subscribe(() => void this.store.refresh(this.id()));
    // Between two long polls receipts are lost.
    effect((onCleanup) => {
      if (this.live.state() !== 'polling') return;
      const timer = setInterval(() => void this.store.refresh(this.id()), POLLING_MS);
      onCleanup(() => clearInterval(timer));
    });
    effect(() => {
      const conversation = this.conversation();
      if (conversation) this.title.setTitle(`${this.store.title(conversation)} · Charla`);
    });
    this.store.arrivals.pipe(takeUntilDestroyed()).subscribe((message) => this.announce(message));
    inject(Jumps)
      .jumps.pipe(takeUntilDestroyed(inject(DestroyRef)))
      .subscribe((jump) => jump.conversationId === this.id() && this.list()?.show(jump.seq));
  }

  protected focusComposer(): void {
    this.composer()?.focus();
  }

  protected endSearch(): void {
    this.isSearching.set(false);
    this.focusComposer();
  }

  protected openThread(rootId: string): void {
    this.answeredInThread.set(null);
    this.editedInThread.set(null);
    this.threadRoot.set(rootId);
  }

  protected closeThread(): void {
    this.threadRoot.set(null);
    this.focusComposer();
  }

  /** A message of the thread as a row; the same object for the same message, so that nothing is drawn again. */
  protected threadRowOf(message: Message): Row {
    const row = this.threadRows.get(message) ?? rowAlone(message, this.me()?.id ?? '');
    this.threadRows.set(message, row);
    return row;
  }

  /** Arrow up in an empty composer. */
  protected editLast(): void {
    const { seq } = this.conversation()!;
    const log = this.store.messages(this.id());
    for (let each = seq; each > Math.max(0, seq - LOOK_BACK); each--) {
      const message = log.at(each);
      if (message && message.author_id === this.me()?.id && message.kind === 'text' && !message.deleted) {
        return this.edited.set(message);
      }
    }
    this.list()?.focusLast();
  }

  private announce(message: Message): void {
    if (message.conversation_id !== this.id() || document.hidden) return;
    const name = this.people.authorOf(message) ?? '';
    this.announcer.say(`${name}: ${lineOf(message)}`);
  }
}
