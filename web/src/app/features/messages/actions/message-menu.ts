import {
  ChangeDetectionStrategy,
  Component,
  ElementRef,
  afterRenderEffect,
  computed,
  inject,
  viewChild,
} from '@angular/core';

import { Session } from '@core/session';
import { Icon } from '@shared/icon';
import { MenuItem } from '@shared/menu-item';

import { Recents } from '../emoji/recents';
import { MessageUi, type Shown } from '../dialogs/message-ui';
import { Reacting } from '../reactions/reacting';

import { MessageDeeds } from './message-deeds';
import { rightsOf } from './rights';

const GAP = 6;

/** The menu of the message that somebody asked for. */
@Component({
  selector: 'app-message-menu',
  imports: [Icon, MenuItem],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './message-menu.html',
})
export class MessageMenu {
  private readonly me = inject(Session).me;
  private readonly reacting = inject(Reacting);
  private readonly deeds = inject(MessageDeeds);
  protected readonly recents = inject(Recents);
  protected readonly ui = inject(MessageUi);
  private readonly list = viewChild<ElementRef<HTMLElement>>('list');

  private opener: HTMLElement | null = null;
  private elsewhere: AbortController | null = null;
  protected readonly place = this.ui.menu;
  protected readonly rights = computed(() => {
    const place = this.place();
    return place && rightsOf(place.message, place.conversation, this.me()?.id ?? '');
  });

  constructor() {
    afterRenderEffect(() => {
      const [place, list] = [this.place(), this.list()?.nativeElement];
      if (place && list && !list.matches(':popover-open')) this.open(list);
    });
  }

  protected react(emoji: string): void {
    const { message } = this.place()!;
    this.close();
    void this.reacting.toggle(message, emoji);
  }

  protected choose(action: 'reply' | 'edit' | 'thread'): void {
    const { choose } = this.place()!;
    this.close();
    choose(action);
  }

  protected show(shown: Shown): void {
    this.close();
    this.ui.show(shown);
  }

  protected run(deed: 'copy' | 'pin' | 'unpin'): void {
    const { message } = this.place()!;
    this.close();
    void this.deeds[deed](message);
  }

  protected onKey(event: KeyboardEvent): void {
    const items = this.items();
    const at = items.indexOf(document.activeElement as HTMLElement);
    const inRow = document.activeElement?.closest('.quick-reactions');
    const row = items.filter((each) => each.closest('.quick-reactions')).length;
    const sideways = inRow ? { ArrowRight: at + 1, ArrowLeft: at - 1 + items.length }[event.key] : undefined;
    const down = inRow
      ? { ArrowDown: row, ArrowUp: items.length - 1 }[event.key]
      : { ArrowDown: at + 1, ArrowUp: at - 1 + items.length }[event.key];
    const to = sideways ?? down ?? { Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Tab' || event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      return this.close();
    }
    if (to === undefined) return;
    event.preventDefault();
    items[to % items.length]?.focus();
  }

  /** Closes it, and gives the focus back to where it was. */
  private close(): void {
    const list = this.list()?.nativeElement;
    const hadFocus = list?.contains(document.activeElement);
    this.elsewhere?.abort();
    list?.hidePopover();
    this.place.set(null);
    if (hadFocus && this.opener?.isConnected) this.opener.focus({ preventScroll: true });
  }

  private open(list: HTMLElement): void {
    const { x, y, top, isEnd } = this.place()!;
    this.opener = document.activeElement instanceof HTMLElement ? document.activeElement : null;
    list.showPopover();
    this.closeElsewhere(list);
    const { width, height } = list.getBoundingClientRect();
    const fits = y + height < innerHeight - GAP;
    const left = isEnd || x + width > innerWidth - GAP ? Math.min(x, innerWidth - GAP) - width : x;
    list.style.left = `${Math.max(GAP, left)}px`;
    list.style.top = `${fits ? y : Math.max(GAP, top - height)}px`;
    this.items()[0]?.focus({ preventScroll: true });
  }

  /** The browser's own way would close it as soon as the finger of a long press is lifted. */
  private closeElsewhere(list: HTMLElement): void {
    this.elsewhere?.abort();
    this.elsewhere = new AbortController();
    const close = ({ target }: Event) => {
      if (!(target instanceof Node && list.contains(target))) this.close();
    };
    document.addEventListener('pointerdown', close, { capture: true, signal: this.elsewhere.signal });
    addEventListener('resize', close, { signal: this.elsewhere.signal });
  }

  private items(): HTMLElement[] {
    return [...(this.list()?.nativeElement.querySelectorAll<HTMLElement>('[role=menuitem]:not([disabled])') ?? [])];
  }
}
