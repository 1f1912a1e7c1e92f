import { ChangeDetectionStrategy, Component, input, model, signal } from '@angular/core';

import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';

const LONGEST = 40;

/** Topics that one writes: each is a chip that goes when it is pressed. */
@Component({
  selector: 'app-topic-chips',
  imports: [Control, Field, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'topic-chips' },
  template: `
    <div class="topic-line">
      <app-field [label]="label()" [hint]="hint()">
        <input appControl autocomplete="off" [maxLength]="longest" [value]="typed()" (input)="typed.set($any($event.target).value)" (keydown.enter)="add($event)" (blur)="keepTyped()" />
      </app-field>
      <button type="button" class="button is-quiet" [disabled]="!typed().trim()" (click)="add($event)"><app-icon name="plus" /><span i18n="@@ads.topics.add">Add</span></button>
    </div>
    @if (keeps() || topics().length) {
      <ul class="chips">
        @for (topic of topics(); track topic) {
          <li><button type="button" class="chip" (click)="remove(topic)">{{ topic }}<span class="visually-hidden">: <span i18n="@@ads.topics.remove">take away</span></span><app-icon name="close" /></button></li>
        }
      </ul>
    }
  `,
})
export class TopicChips {
  readonly label = input.required<string>();
  readonly hint = input('');
  /**
   * Whether what was typed counts when one goes on to another field: in forms that are sent as a whole. There is room
   * for chips from the beginning, or what one goes on to would move away from under the finger.
   */
  readonly keeps = input(false);
  readonly topics = model.required<readonly string[]>();
  protected readonly longest = LONGEST;
  protected readonly typed = signal('');

  protected add(event: Event): void {
    event.preventDefault();
    this.take();
  }

  protected keepTyped(): void {
    if (this.keeps()) this.take();
  }

  protected remove(topic: string): void {
    this.topics.set(this.topics().filter((each) => each !== topic));
  }

  private take(): void {
    const found = this.typed().split(/[,;#\n]+/u).map((each) => each.trim().toLowerCase()).filter(Boolean);
    this.typed.set('');
    if (found.length) this.topics.set([...new Set([...this.topics(), ...found])]);
  }
}
