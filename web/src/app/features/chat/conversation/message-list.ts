import {
  ChangeDetectionStrategy, Component, DestroyRef, ElementRef, Injector, afterNextRender, afterRenderEffect, computed, effect, inject, input,
  linkedSignal, output, signal, untracked, viewChild,
} from '@angular/core';

import { Session } from '@core/session';
import { ChatStore, type Conversation, Logs, type Message, Receipts } from '@core/store';
import { Icon } from '@shared/icon';

import { MessageRow } from './message-row';
import { type Row, type RowSource, at, countOf, rowsOf } from './rows';
import { type Range, Viewport } from './viewport';

const WANT_MS = 50;
/** Beyond what is rendered, so many are fetched ahead. */
const AHEAD = 40;
const HIGHLIGHT_MS = 2_500;

/**
 * The messages of a conversation, of which only those around the screen are in the document. Rows are
 * numbered by `seq`, which has no gaps; so every place exists before its message was fetched.
 */
@Component({
  selector: 'app-message-list',
  imports: [Icon, MessageRow],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'message-list' },
  templateUrl: './message-list.html',
})
export class MessageList {
  readonly conversation = input.required<Conversation>();
  /** Opens here instead of at the first unread or the last message. */
  readonly startAt = input<number | null>(null);
  /** Whether the conversation is known as it is now, and not from an earlier visit alone. */
  readonly isFresh = input(true);
  readonly reply = output<Message>();
  readonly edit = output<Message>();
  readonly thread = output<string>();
  /** Somebody wants to write. */
  readonly leave = output<void>();

  private readonly store = inject(ChatStore);
  private readonly logs = inject(Logs);
  private readonly receipts = inject(Receipts);
  private readonly injector = inject(Injector);
  private readonly me = inject(Session).me;
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly sizer = viewChild.required<ElementRef<HTMLElement>>('sizer');
  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');
  private readonly viewport = new Viewport();
  private readonly range = signal(this.viewport.range);
  private readonly sizes = new ResizeObserver(() => this.resized());
  private placedAt = -1;
  private laidTotal = -1;
  private laidTop = -1;
  private hasMoved = false;
  private wanting: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;

  /** How far one had read when the conversation was opened; null where there was nothing new. */
  private readonly readUpTo = signal<number | null>(null);
  protected readonly highlighted = signal<number | null>(null);
  protected readonly isAtEnd = signal(true);
  private readonly current = signal<string | null>(null);

  private readonly source = computed<RowSource>(() => {
    const { id, seq } = this.conversation();
    const log = this.store.messages(id);
    log.revision();
    return { log, head: seq, unsent: this.store.unsent(id)(), me: this.me()?.id ?? '', firstUnread: null };
  });
  protected readonly count = computed(() => countOf(this.source()));
  private readonly firstUnread = computed(() => firstUnreadOf(this.source(), this.readUpTo()));
  /** Rows that stayed the same stay the same objects, so that nothing of them is drawn again. */
  protected readonly rows = linkedSignal<RowSource & Range, Row[]>({
    source: () => ({ ...this.source(), ...this.range(), firstUnread: this.firstUnread() }),
    computation: (source, before) => {
      const known = new Map(before?.value.map((row) => [row.key, row]));
      return rowsOf(source, source.first, Math.min(source.last, countOf(source)), known);
    },
  });
  /** The row that Tab reaches: the last one where somebody was, or the last of all. */
  protected readonly stop = computed(() => {
    const rows = this.rows();
    return (rows.find((row) => row.key === this.current()) ?? rows.at(-1))?.key ?? null;
  });
  protected readonly newCount = computed(() => (this.isAtEnd() ? 0 : this.conversation().unread));
  protected readonly isGroup = computed(() => this.conversation().kind === 'group');

  constructor() {
    afterNextRender(() => this.begin());
    // Rows came, went or changed.
    effect(() => {
      this.source();
      untracked(() => this.fit());
    });
    // What came while nobody was here is new too.
    effect(() => {
      if (!this.isFresh()) return;
      untracked(() => {
        this.markUnread();
        this.fit();
      });
    });
    afterRenderEffect(() => {
      this.rows();
      untracked(() => this.measure());
    });
    const seen = () => this.seeSoon();
    document.addEventListener('visibilitychange', seen);
    addEventListener('focus', seen);
    inject(DestroyRef).onDestroy(() => {
      this.sizes.disconnect();
      clearTimeout(this.wanting);
      cancelAnimationFrame(this.frame);
      document.removeEventListener('visibilitychange', seen);
      removeEventListener('focus', seen);
    });
  }

  /** Shows a message, and which one it is. */
  show(seq: number): void {
    if (seq < 1 || seq > this.conversation().seq) return;
    this.viewport.show(seq);
    this.place();
    this.highlighted.set(seq);
    setTimeout(() => this.highlighted.update((now) => (now === seq ? null : now)), HIGHLIGHT_MS);
  }

  /** Goes to the last message; what one answered is not new any more. */
  afterSending(): void {
    this.readUpTo.set(null);
    this.toEnd();
  }

  /** Goes to the last message. */
  toEnd(): void {
    this.viewport.follow();
    this.place();
  }

  /** Moves the focus to the last message. */
  focusLast(): void {
    this.toEnd();
    this.focusSoon((rows) => rows.at(-1));
  }

  private focusFirst(): void {
    this.viewport.show(1);
    this.place();
    this.focusSoon((rows) => rows[0]);
  }

  protected scrolled(): void {
    const { scrollTop } = this.scroller().nativeElement;
    if (Math.abs(scrollTop - this.placedAt) < 1) return;
    this.placedAt = scrollTop;
    this.hasMoved = true;
    this.viewport.scrolledTo(scrollTop);
    this.render();
  }

  /** Only a message itself takes the stop; on its way to it, Tab comes past what can be pressed in the messages above. */
  protected focused(event: FocusEvent, key: string): void {
    if ((event.target as Element).matches('[role=article]')) this.current.set(key);
  }

  protected onKey(event: KeyboardEvent): void {
    if (event.target instanceof Element && event.target.closest('input, textarea, dialog, [popover], video, audio')) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step) this.step(step);
    else if (event.key === 'End') this.focusLast();
    else if (event.key === 'Home') this.focusFirst();
    else if (event.key === 'Escape') this.leave.emit();
    else return;
    event.preventDefault();
  }

  private begin(): void {
    const element = this.scroller().nativeElement;
    this.viewport.height = element.clientHeight;
    this.viewport.resize(this.count());
    this.markUnread();
    const start = this.startAt();
    if (start !== null) this.show(start);
    this.fit();
    this.sizes.observe(element);
    this.sizes.observe(this.content().nativeElement);
  }

  /** Draws the line above what is new, and goes there. */
  private markUnread(): void {
    const { unread, my } = this.conversation();
    if (unread === 0 || this.readUpTo() !== null || this.hasMoved || this.viewport.height === 0) return;
    this.readUpTo.set(my.read_seq);
    if (this.startAt() === null) this.viewport.show(my.read_seq + 1);
  }

  private resized(): void {
    this.viewport.height = this.scroller().nativeElement.clientHeight;
    this.measure();
  }

  private fit(): void {
    if (this.viewport.height === 0) return;
    const { range } = this.viewport;
    this.viewport.resize(this.count());
    this.skipEmpty(range.first, range.last);
    this.place();
  }

  /** Takes the room from places where nothing is any more. */
  private skipEmpty(first: number, last: number): void {
    const source = this.source();
    for (let row = first; row <= last; row++) if (at(source, row) === null) this.viewport.measure(row, 0);
  }

  /** Learns how high the rendered rows are; what is looked at stays where it is. */
  private measure(): void {
    const { first, last } = this.range();
    this.skipEmpty(first, last);
    for (const element of this.content().nativeElement.children) {
      const row = Number((element as HTMLElement).dataset['row']);
      if (row) this.viewport.measure(row, element.getBoundingClientRect().height);
    }
    if (this.rows().every((row) => row.message)) this.viewport.settle();
    this.place();
  }

  /** Puts everything where it belongs. */
  private place(): void {
    this.render();
    const element = this.scroller().nativeElement;
    const { scrollTop } = this.viewport;
    if (Math.abs(element.scrollTop - scrollTop) >= 1) element.scrollTop = scrollTop;
    this.placedAt = element.scrollTop;
  }

  private render(): void {
    const before = this.range();
    const range = this.viewport.update();
    this.range.set(range);
    this.isAtEnd.set(this.viewport.follows);
    this.lay();
    this.wantSoon(range.first > before.last || range.last < before.first);
    this.seeSoon();
  }

  /** Writes what has changed alone: each write costs a layout. */
  private lay(): void {
    const { total, top } = this.viewport;
    if (total !== this.laidTotal) this.sizer().nativeElement.style.height = `${total}px`;
    if (top !== this.laidTop) this.content().nativeElement.style.transform = `translateY(${top}px)`;
    [this.laidTotal, this.laidTop] = [total, top];
  }

  /** Asks for what the window lacks; whoever passes by (`isFar`) is waited for until they stay. */
  private wantSoon(isFar: boolean): void {
    if (isFar) {
      clearTimeout(this.wanting);
      this.wanting = undefined;
    }
    this.wanting ??= setTimeout(() => {
      this.wanting = undefined;
      const { first, last } = this.range();
      if (this.viewport.height > 0) this.logs.want(this.conversation().id, first - AHEAD, last + AHEAD);
    }, WANT_MS);
  }

  private seeSoon(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.see());
  }

  /** What is on the screen of somebody who looks at it is read. */
  private see(): void {
    if (!this.isFresh() || document.visibilityState !== 'visible' || !document.hasFocus() || this.viewport.height === 0) return;
    const { id, seq } = this.conversation();
    const last = Math.min(this.viewport.lastVisible, seq);
    const isKnown = last > 0 && this.source().log.at(last) !== undefined;
    if (isKnown) this.receipts.see(id, last);
  }

  private step(step: number): void {
    const rows = this.rows().filter((row) => row.message);
    const here = document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row'];
    const now = rows.findIndex((row) => (here ? String(row.index) === here : row.key === this.current()));
    const to = now < 0 ? rows.length - 1 : now + step;
    if (to >= rows.length) return this.leave.emit();
    this.focusRow(rows[Math.max(0, to)]?.key);
  }


  private focusSoon(find: (rows: readonly Row[]) => Row | undefined): void {
    afterNextRender(() => this.focusRow(find(this.rows())?.key), { injector: this.injector });
  }

  private focusRow(key: string | undefined): void {
    if (!key) return;
    this.current.set(key);
    const row = this.rows().find((each) => each.key === key);
    const element = this.content().nativeElement.querySelector<HTMLElement>(`[data-row="${row?.index}"] [role=article]`);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: 'nearest' });
  }
}

/** Returns the first message of somebody else after what one had read. */
function firstUnreadOf(source: RowSource, readUpTo: number | null): number | null {
  if (readUpTo === null) return null;
  for (let seq = readUpTo + 1; seq <= source.head; seq++) {
    const message = source.log.at(seq);
    if (message === undefined) return null;
    if (message && message.author_id !== source.me && message.kind !== 'system') return seq;
  }
  return null;
}
