import { DOCUMENT, Injectable, effect, inject, signal } from '@angular/core';

export type ThemeChoice = 'system' | 'light' | 'dark';

const KEY = 'charla.theme';

/** Light or dark: as the system has it, unless somebody chose. */
@Injectable({ providedIn: 'root' })
export class Theme {
  private readonly document = inject(DOCUMENT);
  readonly choice = signal<ThemeChoice>(remembered());

  constructor() {
    effect(() => {
      const choice = this.choice();
      const root = this.document.documentElement;
      if (choice === 'system') delete root.dataset['theme'];
      else root.dataset['theme'] = choice;
    });
  }

  choose(choice: ThemeChoice): void {
    localStorage.setItem(KEY, choice);
    this.choice.set(choice);
  }
}

function remembered(): ThemeChoice {
  const said = localStorage.getItem(KEY);
  return said === 'light' || said === 'dark' ? said : 'system';
}
