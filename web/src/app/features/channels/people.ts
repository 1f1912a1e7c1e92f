import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { ChatStore } from '@core/store';
import { Avatar } from '@shared/avatar';

/** The name of somebody, once it is known. */
@Component({
  selector: 'app-person-name',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<bdi>{{ person()?.display_name ?? '…' }}</bdi>`,
})
export class PersonName {
  private readonly chats = inject(ChatStore);
  readonly id = input.required<string>();
  private readonly found = computed(() => this.chats.people(this.id()));
  protected readonly person = computed(() => this.found()());
}

@Component({
  selector: 'app-person-avatar',
  imports: [Avatar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<app-avatar [id]="id()" [name]="person()?.display_name ?? ''" />`,
})
export class PersonAvatar {
  private readonly chats = inject(ChatStore);
  readonly id = input.required<string>();
  private readonly found = computed(() => this.chats.people(this.id()));
  protected readonly person = computed(() => this.found()());
}
