import { ChangeDetectionStrategy, Component, computed, inject, input, model, signal } from '@angular/core';

import { Session } from '@core/session';
import { ChatStore, People, type Person } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Control, Field } from '@shared/field';
import { FocusFirst } from '@shared/focus-first';
import { Icon } from '@shared/icon';
import { Spinner } from '@shared/spinner';

import { peopleSearch } from './people-search';

/** Chooses people: those one talks with already, or any by their name. */
@Component({
  selector: 'app-people-picker',
  imports: [Avatar, Control, Field, FocusFirst, Icon, Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'people-picker' },
  templateUrl: './people-picker.html',
})
export class PeoplePicker {
  readonly chosen = model<readonly Person[]>([]);
  /** One alone: choosing another one replaces it. */
  readonly single = input(false);
  /** Those who are there already. */
  readonly without = input<readonly string[]>([]);

  private readonly store = inject(ChatStore);
  private readonly people = inject(People);
  private readonly me = inject(Session).me;
  protected readonly words = signal('');
  protected readonly answer = peopleSearch(this.words);
  protected readonly ids = computed(() => new Set(this.chosen().map((each) => each.id)));
  protected readonly found = computed(() => {
    const all = this.words().trim() ? (this.answer.hasValue() ? this.answer.value() : []) : this.familiar();
    return all.filter((each) => !this.without().includes(each.id));
  });

  /** Those with whom one has direct chats, the latest first. */
  private readonly familiar = computed<readonly Person[]>(() => {
    const direct = this.store.conversations().filter((each) => each.kind === 'direct');
    const ids = direct.map((each) => this.store.other(each)).filter((id) => id !== undefined && id !== this.me()?.id);
    return ids.map((id) => this.people.get(id!)).filter((each) => each !== undefined && !each.deactivated) as Person[];
  });

  protected toggle(person: Person): void {
    if (this.single()) return this.chosen.set([person]);
    const isChosen = this.ids().has(person.id);
    this.chosen.update((all) => (isChosen ? all.filter((each) => each.id !== person.id) : [...all, person]));
  }
}
