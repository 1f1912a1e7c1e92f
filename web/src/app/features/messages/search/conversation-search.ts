import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  output,
  signal,
  untracked,
} from '@angular/core';
import { RouterLink } from '@angular/router';

import { type Conversation, Jumps } from '@core/store';
import { Announcer } from '@shared/announcer';
import { FocusFirst } from '@shared/focus-first';
import { Icon } from '@shared/icon';

import { Finding, NOTHING } from './finding';

const TYPING_MS = 350;

/** Looks for messages in one conversation: the latest that was found shows at once, arrows go to the others. */
@Component({
  selector: 'app-conversation-search',
  imports: [FocusFirst, Icon, RouterLink],
  providers: [Finding],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'conversation-search', role: 'search', '(keydown.escape)': 'closed.emit()' },
  template: `
    <input
      appFocusFirst
      class="control"
      type="search"
      autocomplete="off"
      enterkeyhint="search"
      maxlength="200"
      aria-label="Search in this chat"
      i18n-aria-label="@@messages.search.here"
      placeholder="Search in this chat"
      i18n-placeholder="@@messages.search.here"
      [value]="typed()"
      (input)="type($any($event.target).value)"
      (keydown.enter)="older(); $event.preventDefault()"
      (keydown.shift.enter)="newer(); $event.preventDefault()"
    />
    <span class="search-place muted">{{ place() }}</span>
    <button
      type="button"
      class="icon-button"
      aria-label="Earlier result"
      i18n-aria-label="@@messages.search.earlier"
      [disabled]="!canGoOlder()"
      (click)="older()"
    >
      <app-icon name="chevron-up" />
    </button>
    <button
      type="button"
      class="icon-button"
      aria-label="Later result"
      i18n-aria-label="@@messages.search.later"
      [disabled]="at() <= 0"
      (click)="newer()"
    >
      <app-icon name="chevron-down" />
    </button>
    <a
      class="icon-button"
      routerLink="/c/search"
      [queryParams]="{ q: typed() || null, in: conversation().id }"
      aria-label="Show as a list"
      i18n-aria-label="@@messages.search.list"
      ><app-icon name="filter"
    /></a>
    <button
      type="button"
      class="icon-button"
      aria-label="Close the search"
      i18n-aria-label="@@messages.search.close"
      (click)="closed.emit()"
    >
      <app-icon name="close" />
    </button>
  `,
})
export class ConversationSearch {
  readonly conversation = input.required<Conversation>();
  readonly closed = output<void>();

  private readonly announcer = inject(Announcer);
  private readonly finding = inject(Finding);
  private readonly jumps = inject(Jumps);
  private readonly wanted = signal('');
  private timer: ReturnType<typeof setTimeout> | undefined;
  protected readonly typed = signal('');
  /** Which of those that were found is shown; 0 is the latest. */
  protected readonly at = signal(0);
  protected readonly canGoOlder = computed(() => this.at() + 1 < this.finding.found().length || this.finding.hasMore());
  protected readonly place = computed(() => {
    const count = this.finding.found().length;
    if (!this.finding.isDone()) return this.finding.isBusy() ? '…' : '';
    if (this.finding.problem()) return this.finding.problem();
    if (count === 0) return $localize`:@@messages.search.none:Nothing found`;
    const more = this.finding.hasMore() ? '+' : '';
    return $localize`:@@messages.search.place:${this.at() + 1}:number: of ${count}:count:${more}:more:`;
  });

  constructor() {
    effect(() => {
      const wanted = { ...NOTHING, words: this.wanted(), conversationId: this.conversation().id };
      untracked(() => void this.begin(wanted));
    });
  }

  protected type(words: string): void {
    this.typed.set(words);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wanted.set(words.trim()), TYPING_MS);
  }

  protected async older(): Promise<void> {
    if (this.at() + 1 >= this.finding.found().length && this.finding.hasMore()) await this.finding.more();
    if (this.at() + 1 < this.finding.found().length) this.show(this.at() + 1);
  }

  protected newer(): void {
    if (this.at() > 0) this.show(this.at() - 1);
  }

  private async begin(wanted: typeof NOTHING): Promise<void> {
    await this.finding.find(wanted);
    if (wanted.words === this.wanted() && this.finding.isDone()) this.show(0);
  }

  private show(at: number): void {
    this.at.set(at);
    const message = this.finding.found()[at];
    if (message) void this.jumps.to(message.conversation_id, message.seq!);
    this.announcer.say(this.place());
  }
}
