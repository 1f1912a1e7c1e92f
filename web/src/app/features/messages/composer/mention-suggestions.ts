import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

import type { Person } from '@core/store';

import { plainWords } from '../text/plain-words';

import { replace } from './format';
import { Suggestion } from './suggestion';
import { Suggestions } from './suggestions';

const MOST = 6;

/** People whose name begins with what stands behind an `@` before the cursor. */
@Component({
  selector: 'app-mention-suggestions',
  imports: [Suggestion],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (shown().length) {
      <div class="mention-list" role="listbox" [id]="id" aria-label="People" i18n-aria-label="@@messages.mention.people">
        @for (each of shown(); track each.id; let i = $index) {
          <app-suggestion
            [id]="id + '-' + i"
            [personId]="each.id"
            [name]="each.display_name"
            [active]="at() === i"
            (mousedown)="take(each)"
            (mouseenter)="at.set(i)"
          >
            <span class="row-title">{{ each.display_name }}</span
            ><span class="row-line muted">&#64;{{ each.username }}</span>
          </app-suggestion>
        }
      </div>
    }
  `,
})
export class MentionSuggestions extends Suggestions<Person> {
  readonly people = input.required<readonly Person[]>();

  protected readonly shown = computed(() => {
    const typed = this.typed();
    return typed === null ? [] : matching(this.people(), typed);
  });

  protected find(before: string): string | null {
    return /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N}._]{0,32})$/u.exec(before)?.[1] ?? null;
  }

  protected put(person: Person): void {
    const control = this.control();
    const end = control.selectionStart;
    const name = `@${person.username} `;
    replace(control, end - (this.typed() ?? '').length - 1, end, name, name.length, 0);
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
