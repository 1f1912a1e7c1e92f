import { NgTemplateOutlet } from '@angular/common';
import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  type TemplateRef,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import { ChatStore, type Conversation, type Message, People } from '@core/store';
import { Avatar } from '@shared/avatar';
import { FocusFirst } from '@shared/focus-first';
import { Icon } from '@shared/icon';
import { Spinner } from '@shared/spinner';
import { TimePipe } from '@shared/time';

import { MessageBody } from '../bubble/message-body';

const PAGE = 50;

/**
 * A message and all replies to it and to each other. `row` draws a message as the conversation does; what is
 * projected stands at the end, for writing.
 */
@Component({
  selector: 'app-thread-pane',
  imports: [Avatar, FocusFirst, Icon, MessageBody, NgTemplateOutlet, Spinner, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'thread-pane', role: 'complementary', '(keydown.escape)': 'escape($event)' },
  templateUrl: './thread-pane.html',
})
export class ThreadPane {
  readonly conversation = input.required<Conversation>();
  /** The id of the message that the thread began with. */
  readonly root = input.required<string>();
  readonly row = input<TemplateRef<{ $implicit: Message }> | null>(null);
  readonly closed = output<void>();

  private readonly api = inject(Api);
  private readonly store = inject(ChatStore);
  protected readonly people = inject(People);
  private readonly end = viewChild<ElementRef<HTMLElement>>('end');
  /** What was fetched; newer versions of it are in the store. */
  private readonly fetched = signal<readonly Message[]>([]);
  protected readonly isLoading = signal(true);
  protected readonly problem = signal('');
  private readonly firstFound = computed(() => this.store.message(this.conversation().id, this.root()));
  protected readonly first = computed(() => this.firstFound()());

  /** The replies: those that were fetched, those that came since, one's own that are on their way. */
  protected readonly replies = computed(() => {
    const log = this.store.messages(this.conversation().id);
    log.revision();
    const known = this.fetched().map((each) => log.byId(each.id) ?? each);
    const ids = new Set([this.root(), ...known.map((each) => each.id)]);
    const waiting = this.store
      .unsent(this.conversation().id)()
      .filter((each) => each.reply_to !== null && ids.has(each.reply_to));
    return [...known.filter((each) => !each.deleted), ...waiting];
  });

  private readonly replyCount = computed(() => this.first()?.reply_count ?? 0);
  private readonly shownCount = computed(() => this.replies().length);

  constructor() {
    effect(() => {
      const root = this.root();
      untracked(() => {
        this.fetched.set([]);
        this.isLoading.set(true);
        void this.load(root);
      });
    });
    // The root counts its replies, so it tells when there is one more.
    effect(() => {
      const count = this.replyCount();
      untracked(() => !this.isLoading() && count > this.fetched().length && void this.load(this.root()));
    });
    effect(() => {
      this.shownCount();
      requestAnimationFrame(() => this.end()?.nativeElement.scrollIntoView({ block: 'end' }));
    });
  }

  protected escape(event: Event): void {
    if (event.target instanceof Element && event.target.closest('dialog, [popover]')) return;
    event.stopPropagation();
    this.closed.emit();
  }

  protected async load(root: string): Promise<void> {
    this.problem.set('');
    try {
      const path = { message_id: root };
      for (let more = true; more;) {
        const after_seq = this.fetched().at(-1)?.seq ?? undefined;
        const { items } = await this.api.ask((http) =>
          http.GET('/v1/messages/{message_id}/thread', { params: { path, query: { limit: PAGE, after_seq } } }),
        );
        if (root !== this.root()) return;
        this.fetched.update((list) => [...list, ...items.map((each): Message => ({ ...each, state: 'sent' }))]);
        more = items.length === PAGE;
      }
    } catch (error) {
      this.problem.set(asProblem(error).words);
    } finally {
      this.isLoading.set(false);
    }
  }
}
