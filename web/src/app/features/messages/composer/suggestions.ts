import { Directive, type Signal, effect, input, signal } from '@angular/core';

let made = 0;

/**
 * A list that opens above the text field for what stands before the cursor. The field keeps the focus: arrows choose,
 * Enter and Tab take, Escape closes.
 */
@Directive()
export abstract class Suggestions<T> {
  readonly control = input.required<HTMLTextAreaElement>();

  protected readonly id = `suggestions-${++made}`;
  protected readonly at = signal(0);
  /** What was typed behind the sign that opens the list; null while the cursor is elsewhere. */
  protected readonly typed = signal<string | null>(null);
  /** The text for which somebody closed the list. */
  private closedFor: string | null = null;

  protected abstract readonly shown: Signal<readonly T[]>;

  /** Finds what was typed behind the sign in the text before the cursor. */
  protected abstract find(before: string): string | null;

  /** Puts what was chosen into the field. */
  protected abstract put(chosen: T): void;

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
      onCleanup(() => {
        ending.abort();
        describe(control, this.id, null);
      });
    });
    effect(() => describe(this.control(), this.id, this.shown().length > 0 ? this.at() : null));
  }

  protected take(chosen: T): void {
    this.put(chosen);
    this.typed.set(null);
  }

  private look(): void {
    const { selectionStart, selectionEnd, value } = this.control();
    const typed = this.find(selectionStart === selectionEnd ? value.slice(0, selectionStart) : '');
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

/** Tells a screen reader that a list belongs to the field, and what in it is chosen; other lists' words stay. */
function describe(control: HTMLTextAreaElement, id: string, at: number | null): void {
  control.setAttribute('aria-autocomplete', 'list');
  if (at !== null) {
    control.setAttribute('aria-controls', id);
    control.setAttribute('aria-activedescendant', `${id}-${at}`);
  } else if (control.getAttribute('aria-controls') === id) {
    control.removeAttribute('aria-controls');
    control.removeAttribute('aria-activedescendant');
  }
}
