import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  untracked,
} from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { ChatStore, People } from '@core/store';
import { Announcer } from '@shared/announcer';
import { Empty } from '@shared/empty';
import { FocusFirst } from '@shared/focus-first';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';

import { Finding, type Wanted } from './finding';
import { ResultRow } from './result-row';

const TYPING_MS = 350;
const KINDS: readonly Wanted['kind'][] = ['all', 'files', 'links', 'polls'];

/** Looks for messages everywhere. What is looked for stands in the address, so that going back finds it again. */
@Component({
  selector: 'app-search-page',
  imports: [Empty, FocusFirst, Icon, ResultRow, RouterLink, Skeleton],
  providers: [Finding],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page search-page' },
  templateUrl: './search-page.html',
})
export class SearchPage {
  readonly q = input<string>();
  readonly in = input<string>();
  readonly from = input<string>();
  readonly days = input<string>();
  readonly kind = input<string>();

  private readonly announcer = inject(Announcer);
  private readonly people = inject(People);
  private readonly router = inject(Router);
  private readonly me = inject(Session).me;
  protected readonly finding = inject(Finding);
  protected readonly store = inject(ChatStore);
  protected readonly typed = linkedSignal(() => this.q() ?? '');
  private timer: ReturnType<typeof setTimeout> | undefined;

  protected readonly wanted = computed<Wanted>(() => ({
    words: this.q() ?? '',
    conversationId: this.in() || null,
    authorId: this.from() || null,
    days: Number(this.days()) || null,
    kind: KINDS.find((each) => each === this.kind()) ?? 'all',
  }));
  protected readonly isFiltered = computed(() => {
    const { conversationId, authorId, days, kind } = this.wanted();
    return conversationId !== null || authorId !== null || days !== null || kind !== 'all';
  });
  /** Those who may have written what is looked for: the members of the chosen conversation, or of all. */
  protected readonly authors = computed(() => {
    const places = this.store
      .conversations()
      .filter((each) => !this.wanted().conversationId || each.id === this.wanted().conversationId);
    const ids = new Set(places.flatMap((each) => each.members?.map(({ user_id }) => user_id) ?? []));
    const me = this.me()?.id;
    return [...ids]
      .map((id) => ({
        id,
        name: id === me ? $localize`:@@messages.you:You` : (this.people.get(id)?.display_name ?? '…'),
      }))
      .sort((a, b) => a.name.localeCompare(b.name));
  });
  protected readonly spans = [
    { days: 1, name: $localize`:@@messages.search.day:Last 24 hours` },
    { days: 7, name: $localize`:@@messages.search.week:Last 7 days` },
    { days: 30, name: $localize`:@@messages.search.month:Last 30 days` },
    { days: 365, name: $localize`:@@messages.search.year:Last year` },
  ];
  protected readonly kinds = [
    { id: 'files', name: $localize`:@@messages.search.files:With files` },
    { id: 'links', name: $localize`:@@messages.search.links:With links` },
    { id: 'polls', name: $localize`:@@messages.search.polls:Polls` },
  ];

  constructor() {
    effect(() => {
      const wanted = this.wanted();
      untracked(() => void this.finding.find(wanted).then(() => this.tell()));
    });
  }

  protected type(words: string): void {
    this.typed.set(words);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.change({ q: words.trim() || null }), TYPING_MS);
  }

  protected searchNow(event: Event): void {
    event.preventDefault();
    clearTimeout(this.timer);
    this.change({ q: this.typed().trim() || null });
  }

  protected change(params: Record<string, string | null>): void {
    void this.router.navigate([], { queryParams: params, queryParamsHandling: 'merge', replaceUrl: true });
  }

  private tell(): void {
    if (!this.finding.isDone()) return;
    const count = this.finding.found().length;
    this.announcer.say(resultWords(count));
  }
}

function resultWords(count: number): string {
  if (count === 0) return $localize`:@@messages.search.none:Nothing found`;
  if (count === 1) return $localize`:@@messages.search.count_one:1 message found`;
  return $localize`:@@messages.search.count:${count}:count: messages found`;
}
