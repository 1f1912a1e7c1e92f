import { ChangeDetectionStrategy, Component, Directive, computed, inject, input, signal } from '@angular/core';

import { Icon } from './icon';

let made = 0;

/**
 * A labelled control with a hint and its error:
 *
 *     <app-field label="Name" i18n-label="@@…" [error]="error()"><input appControl formControlName="name" /></app-field>
 */
@Component({
  selector: 'app-field',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'field', '[class.has-error]': '!!error()' },
  template: `
    <label class="field-label" [for]="id">{{ label() }}</label>
    <div class="field-control"><ng-content /></div>
    @if (error(); as words) {
      <p class="field-error" [id]="id + '-error'"><app-icon name="alert" />{{ words }}</p>
    } @else if (hint()) {
      <p class="field-hint" [id]="id + '-hint'">{{ hint() }}</p>
    }
  `,
})
export class Field {
  readonly label = input.required<string>();
  readonly hint = input('');
  readonly error = input<string | null | undefined>(null);

  readonly id = `field-${++made}`;
  readonly describedBy = computed(() => {
    if (this.error()) return `${this.id}-error`;
    return this.hint() ? `${this.id}-hint` : null;
  });
}

/** The control of a field: gets its id, and says when it is wrong and why. */
@Directive({
  selector: '[appControl]',
  host: {
    class: 'control',
    '[id]': 'field.id',
    '[attr.aria-invalid]': "field.error() ? 'true' : null",
    '[attr.aria-describedby]': 'field.describedBy()',
  },
})
export class Control {
  protected readonly field = inject(Field);
}

/** A password's control with a button that shows what was typed. */
@Component({
  selector: 'app-reveal',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'reveal' },
  template: `
    <ng-content />
    <button type="button" class="icon-button" [attr.aria-pressed]="shown()" (click)="toggle($event)"
      aria-label="Show the password" i18n-aria-label="@@core.reveal">
      <app-icon [name]="shown() ? 'eye-off' : 'eye'" />
    </button>
  `,
})
export class Reveal {
  protected readonly shown = signal(false);

  protected toggle(event: Event): void {
    this.shown.update((shown) => !shown);
    const control = (event.currentTarget as HTMLElement).parentElement?.querySelector('input');
    if (control) control.type = this.shown() ? 'text' : 'password';
  }
}
