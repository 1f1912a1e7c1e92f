import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { People } from '@core/store';
import { Avatar } from '@shared/avatar';

/** A person in a list; what is projected stands at the end. */
@Component({
  selector: 'app-person-row',
  imports: [Avatar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'row person-row' },
  template: `
    <app-avatar size="small" [id]="id()" [name]="name()" />
    <span class="row-text"
      ><span class="row-title">{{ name() }}</span></span
    >
    <span class="row-end"><ng-content /></span>
  `,
})
export class PersonRow {
  readonly id = input.required<string>();
  private readonly people = inject(People);
  private readonly me = inject(Session).me;
  protected readonly name = computed(() => {
    return this.id() === this.me()?.id
      ? $localize`:@@messages.you:You`
      : (this.people.get(this.id())?.display_name ?? '…');
  });
}
