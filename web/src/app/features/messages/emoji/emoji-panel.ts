import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  computed,
  inject,
  output,
  resource,
  signal,
  viewChild,
} from '@angular/core';

import { Spinner } from '@shared/spinner';

import { Catalogue, type Emoji, found, toned } from './catalogue';
import { Recents } from './recents';

const MOST_HITS = 160;
/** How many stand in a line; arrows up and down move by as many. The style sheet says the same. */
const COLUMNS = 8;

interface Group {
  readonly sign: string;
  readonly name: string;
}

/** All emoji: by group, by words in either language, the last used first. */
@Component({
  selector: 'app-emoji-panel',
  imports: [Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'emoji-panel' },
  templateUrl: './emoji-panel.html',
})
export class EmojiPanel {
  readonly picked = output<string>();

  private readonly catalogue = inject(Catalogue);
  private readonly grid = viewChild<ElementRef<HTMLElement>>('grid');
  protected readonly recents = inject(Recents);
  protected readonly groups = resource({ loader: () => this.catalogue.groups() });
  protected readonly typed = signal('');
  /** 0 is what was used last; the others are the groups. */
  protected readonly chosen = signal(this.recents.used().length ? 0 : 1);
  protected readonly tones = ['✋', '✋🏻', '✋🏼', '✋🏽', '✋🏾', '✋🏿'];
  protected readonly tabs: readonly Group[] = [
    { sign: '🕘', name: $localize`:@@messages.emoji.recent:Last used` },
    { sign: '😀', name: $localize`:@@messages.emoji.smileys:Smileys` },
    { sign: '👋', name: $localize`:@@messages.emoji.people:People` },
    { sign: '🐻', name: $localize`:@@messages.emoji.nature:Animals and nature` },
    { sign: '🍎', name: $localize`:@@messages.emoji.food:Food and drink` },
    { sign: '✈️', name: $localize`:@@messages.emoji.travel:Travel and places` },
    { sign: '⚽', name: $localize`:@@messages.emoji.activities:Activities` },
    { sign: '💡', name: $localize`:@@messages.emoji.objects:Objects` },
    { sign: '❤️', name: $localize`:@@messages.emoji.symbols:Symbols` },
    { sign: '🏁', name: $localize`:@@messages.emoji.flags:Flags` },
  ];

  private readonly all = computed(() => (this.groups.hasValue() ? this.groups.value().flat() : []));
  private readonly byEmoji = computed(() => new Map(this.all().map((each) => [each.emoji, each])));
  protected readonly shown = computed<readonly Emoji[]>(() => {
    if (this.typed().trim()) return found(this.all(), this.typed()).slice(0, MOST_HITS);
    if (this.chosen() > 0) return this.groups.hasValue() ? (this.groups.value()[this.chosen() - 1] ?? []) : [];
    return this.recents
      .used()
      .map((emoji) => this.byEmoji().get(emoji) ?? { emoji, name: emoji, hasTones: false, words: '' });
  });
  protected readonly heading = computed(() =>
    this.typed().trim() ? $localize`:@@messages.emoji.found:Found` : this.tabs[this.chosen()]!.name,
  );

  protected inTone(each: Emoji): string {
    return toned(each, this.recents.tone());
  }

  protected pick(each: Emoji): void {
    const emoji = this.inTone(each);
    this.recents.use(emoji);
    this.picked.emit(emoji);
  }

  /** Enter takes the first that was found; arrow down goes to it. */
  protected onSearchKey(event: KeyboardEvent): void {
    const first = this.shown()[0];
    if (event.key === 'Enter' && first && this.typed().trim()) this.pick(first);
    else if (event.key === 'ArrowDown') this.buttons()[0]?.focus();
    else return;
    event.preventDefault();
  }

  protected onTabKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.choose((this.chosen() + step + this.tabs.length) % this.tabs.length);
    const tabs = (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('[role=tab]');
    tabs[this.chosen()]?.focus();
  }

  protected choose(tab: number): void {
    this.typed.set('');
    this.chosen.set(tab);
    this.grid()?.nativeElement.scrollTo({ top: 0 });
  }

  protected onGridKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = this.buttons();
    buttons[buttons.indexOf(event.target as HTMLElement) + step]?.focus();
  }

  private buttons(): HTMLElement[] {
    return [...(this.grid()?.nativeElement.querySelectorAll<HTMLElement>('button') ?? [])];
  }
}
