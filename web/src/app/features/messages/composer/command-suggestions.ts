import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';

import { Api } from '@core/api';
import { People } from '@core/store';
import type { Schemas } from '@core/wire';

import { replace } from './format';
import { Suggestion } from './suggestion';
import { Suggestions } from './suggestions';

type Command = Schemas['CommandView'];

/** The commands of a conversation whose name begins with what stands behind a `/` at the beginning of the text. */
@Component({
  selector: 'app-command-suggestions',
  imports: [Suggestion],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (shown().length) {
      <div class="mention-list" role="listbox" [id]="id" aria-label="Commands" i18n-aria-label="@@messages.commands">
        @for (each of shown(); track each.name; let i = $index) {
          <app-suggestion
            [id]="id + '-' + i"
            [personId]="each.user_id"
            [name]="nameOf(each)"
            [active]="at() === i"
            (mousedown)="take(each)"
            (mouseenter)="at.set(i)"
          >
            <span class="row-title"
              >/{{ each.name }} <span class="muted">{{ each.usage }}</span></span
            ><span class="row-line muted">{{ each.description }} · {{ nameOf(each) }}</span>
          </app-suggestion>
        }
      </div>
    }
  `,
})
export class CommandSuggestions extends Suggestions<Command> {
  readonly conversationId = input.required<string>();

  private readonly api = inject(Api);
  private readonly people = inject(People);
  private readonly commands = signal<readonly Command[]>([]);
  private readonly isOpen = computed(() => this.typed() !== null);
  protected readonly shown = computed(() => {
    const typed = this.typed();
    return typed === null ? [] : beginning(this.commands(), typed);
  });

  constructor() {
    super();
    effect(() => {
      const id = this.conversationId();
      if (this.isOpen()) untracked(() => void this.load(id));
    });
  }

  protected find(before: string): string | null {
    return /^\/([A-Za-z0-9_]{0,32})$/.exec(before)?.[1] ?? null;
  }

  protected put(command: Command): void {
    const words = `/${command.name} `;
    replace(this.control(), 0, this.control().selectionStart, words, words.length, 0);
  }

  protected nameOf(command: Command): string {
    return this.people.get(command.user_id)?.display_name ?? '';
  }

  /** Asked for each time that the list opens: whoever answers comes and goes. */
  private async load(id: string): Promise<void> {
    const params = { path: { conversation_id: id } };
    try {
      const { items } = await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/commands', { params }));
      if (id === this.conversationId()) this.commands.set(items);
    } catch {
      // Without a list one may type all the same.
    }
  }
}

/** Returns those whose name begins as it was typed. */
export function beginning(commands: readonly Command[], typed: string): readonly Command[] {
  return commands.filter(({ name }) => name.startsWith(typed.toLowerCase()));
}
