import { ChangeDetectionStrategy, Component, computed, effect, input, signal } from '@angular/core';

import type { Person } from '@core/store';
import { Avatar } from '@shared/avatar';

import { plainWords } from '../text/plain-words';

import { replace } from './format';

const MOST = 6;
let made = 0;

/**
 * People whose name begins with what stands behind an `@` before the cursor. The text field keeps the focus:
 * arrows choose, Enter and Tab take, Escape closes.
 */
@Component({
  selector: 'app-mention-suggestions',
  imports: [Avatar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (shown().length) {
      <ul class="mention-list" role="listbox" [id]="id" aria-label="People" i18n-aria-label="@@messages.mention.people">
        @for (each of shown(); track each.id; let i = $index) {
          <li
            class="row mention-item"
            role="option"
            tabindex="-1"
            [id]="id + '-' + i"
            [class.is-active]="at() === i"
            [attr.aria-selected]="at() === i"
            (mousedown)="take(each); $event.preventDefault()"
            (mouseenter)="at.set(i)"
          >
            <app-avatar size="small" [id]="each.id" [name]="each.display_name" />
            <span class="row-text"
              ><span class="row-title">{{ each.display_name }}</span
              ><span class="row-line muted">&#64;{{ each.username }}</span></span
            >
          </li>
        }
      </ul>
    }
  `,
})
export class MentionSuggestions {
  readonly control = input.required<HTMLTextAreaElement>();
  readonly people = input.required<readonly Person[]>();

  protected readonly id = `mentions-${++made}`;
  protected readonly at = signal(0);
  /** What was typed behind the `@`; null while the cursor is elsewhere. */
  private readonly typed = signal<string | null>(null);
  /** The text for which somebody closed the list. */
  private closedFor: string | null = null;
  protected readonly shown = computed(() => {
    const typed = this.typed();
    return typed === null ? [] : matching(this.people(), typed);
  });

  constructor() {
    effect((onCleanup) => {
      const control = this.control();
      const ending = new AbortController();
      const { signal: ended } = ending;
      for (const name of ['input', 'click', 'keyup'])
        control.addEventListener(name, () => this.look(), { signal: ended });
      // A control that is hidden loses the focus while the page is being drawn.
      control.addEventListener('blur', () => queueMicrotask(() => this.typed.set(null)), { signal: ended });
      // Before the composer's own keys, which would send the message.
      control.addEventListener('keydown', (event) => this.onKey(event), { signal: ended, capture: true });
      onCleanup(() => ending.abort());
    });
    effect(() => describe(this.control(), this.shown().length > 0, this.id, this.at()));
  }

  protected take(person: Person): void {
    const control = this.control();
    const end = control.selectionStart;
    const name = `@${person.username} `;
    replace(control, end - (this.typed() ?? '').length - 1, end, name, name.length, 0);
    this.typed.set(null);
  }

  private look(): void {
    const { selectionStart, selectionEnd, value } = this.control();
    const before = selectionStart === selectionEnd ? value.slice(0, selectionStart) : '';
    const typed = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}._]{0,32})$/u.exec(before)?.[1] ?? null;
    if (typed !== this.typed()) this.at.set(0);
    if (value !== this.closedFor) this.closedFor = null;
    this.typed.set(this.closedFor === null ? typed : null);
  }

  private dismiss(): void {
    this.closedFor = this.control().value;
    this.typed.set(null);
  }

  private onKey(event: KeyboardEvent): void {
    const shown = this.shown();
    if (shown.length === 0 || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at.update((at) => (at + step + shown.length) % shown.length);
    else if (event.key === 'Enter' || event.key === 'Tab') this.take(shown[this.at()]!);
    else if (event.key === 'Escape') this.dismiss();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

/** Returns those whose name, or a word of it, begins as it was typed. */
export function matching(people: readonly Person[], typed: string): readonly Person[] {
  const wanted = plainWords(typed).trim();
  return people
    .filter((each) => plainWords(` ${each.display_name} ${each.username}`).includes(` ${wanted}`))
    .slice(0, MOST);
}

/** Returns what `parse` needs to know of people. */
export function namesOf(people: readonly Person[]): ReadonlyMap<string, string> {
  return new Map(people.map(({ username, id }) => [username.toLowerCase(), id]));
}

/** Tells a screen reader that a list belongs to the field, and what in it is chosen. */
function describe(control: HTMLTextAreaElement, isOpen: boolean, id: string, at: number): void {
  control.setAttribute('aria-autocomplete', 'list');
  if (isOpen) {
    control.setAttribute('aria-controls', id);
    control.setAttribute('aria-activedescendant', `${id}-${at}`);
  } else {
    control.removeAttribute('aria-controls');
    control.removeAttribute('aria-activedescendant');
  }
}
