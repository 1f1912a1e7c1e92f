import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { BASE_PATH } from '@core/base';
import { LANGUAGES, Language } from '@core/language';

/** The page that all ways in share: the mark, a card with a form, and the languages. */
@Component({
  selector: 'app-auth-card',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'auth' },
  template: `
    <main class="auth-card">
      <div class="auth-mark"><img [src]="mark" alt="" width="48" height="48" /><span translate="no">{{ brand }}</span></div>
      <h1>{{ heading() }}</h1>
      @if (words()) {
        <p class="auth-words">{{ words() }}</p>
      }
      <ng-content />
    </main>
    <footer class="auth-languages">
      @for (each of languages; track each.id) {
        <button type="button" class="text-button" [lang]="each.id" [attr.aria-current]="language.current === each.id ? 'true' : null" (click)="language.switchTo(each.id)">{{ each.name }}</button>
      }
    </footer>
  `,
})
export class AuthCard {
  readonly heading = input.required<string>();
  readonly words = input('');
  protected readonly language = inject(Language);
  protected readonly languages = LANGUAGES;
  protected readonly brand = 'Charla';
  protected readonly mark = `${inject(BASE_PATH)}icons/charla.svg`;
}
