import { ChangeDetectionStrategy, Component, computed, inject, input, linkedSignal } from '@angular/core';

import { type Conversation, Jumps } from '@core/store';
import { Icon } from '@shared/icon';

import { MessageUi } from '../dialogs/message-ui';
import { LinePipe } from '../text/line';

import { Pins } from './pins';

/** The pinned messages below the header: one at a time, each press shows it and goes on to the one before. */
@Component({
  selector: 'app-pins-bar',
  imports: [Icon, LinePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (current(); as message) {
      <section class="pins-bar" aria-label="Pinned messages" i18n-aria-label="@@messages.pins">
        <button type="button" class="pins-current" (click)="press()">
          <app-icon name="pin" />
          <span class="row-text">
            <span class="pins-count">
              @if (pins().length > 1) {
                <span i18n="@@messages.pins.nth">Pinned message {{ at() + 1 }} of {{ pins().length }}</span>
              } @else {
                <span i18n="@@messages.pins.one">Pinned message</span>
              }
            </span>
            <span class="row-line">{{ message | line }}</span>
          </span>
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label="All pinned messages"
          i18n-aria-label="@@messages.pins.all"
          (click)="ui.show({ kind: 'pins', conversation: conversation() })"
        >
          <app-icon name="filter" />
        </button>
      </section>
    }
  `,
})
export class PinsBar {
  readonly conversation = input.required<Conversation>();
  protected readonly ui = inject(MessageUi);
  private readonly jumps = inject(Jumps);
  private readonly all = inject(Pins);
  private readonly found = computed(() => this.all.of(this.conversation().id));
  protected readonly pins = computed(() => this.found()());
  protected readonly at = linkedSignal({ source: this.pins, computation: () => 0 });
  protected readonly current = computed(() => this.pins()[this.at()]);

  protected press(): void {
    const { conversation_id, seq } = this.current()!;
    if (seq) void this.jumps.to(conversation_id, seq);
    this.at.update((at) => (at + 1) % this.pins().length);
  }
}
