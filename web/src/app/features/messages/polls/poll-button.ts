import { ChangeDetectionStrategy, Component, computed, output, signal } from '@angular/core';

import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';

import { forInput } from '../composer/moments';

import { LONGEST_OPTION, LONGEST_QUESTION, type PollBody, faultOf, lines, written } from './poll-draft';

const MINUTE_MS = 60_000;

/** A button that opens the form for a new poll. */
@Component({
  selector: 'app-poll-button',
  imports: [Control, Dialog, Field, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './poll-button.html',
})
export class PollButton {
  readonly made = output<PollBody>();

  protected readonly isOpen = signal(false);
  protected readonly isTried = signal(false);
  protected readonly question = signal('');
  protected readonly options = signal<readonly string[]>(lines([]));
  protected readonly multiple = signal(false);
  protected readonly anonymous = signal(false);
  protected readonly closesAt = signal('');
  protected readonly earliest = signal('');
  protected readonly longestQuestion = LONGEST_QUESTION;
  protected readonly longestOption = LONGEST_OPTION;

  private readonly fault = computed(() => faultOf(this.question(), this.options()));
  protected readonly questionError = computed(() =>
    this.isTried() && this.fault() === 'question' ? $localize`:@@messages.poll.ask:Ask something.` : '',
  );
  protected readonly optionsError = computed(() => {
    if (!this.isTried()) return '';
    if (this.fault() === 'too_few') return $localize`:@@messages.poll.too_few:Give at least two answers.`;
    return this.fault() === 'twice' ? $localize`:@@messages.poll.twice:Two answers are the same.` : '';
  });
  protected readonly timeError = computed(() => {
    const closes = this.closesAt();
    return closes && new Date(closes).getTime() <= Date.now()
      ? $localize`:@@messages.poll.past:That time is over already.`
      : '';
  });

  protected open(): void {
    this.isTried.set(false);
    this.question.set('');
    this.options.set(lines([]));
    this.multiple.set(false);
    this.anonymous.set(false);
    this.closesAt.set('');
    this.earliest.set(forInput(new Date(Date.now() + MINUTE_MS)));
    this.isOpen.set(true);
  }

  protected write(at: number, words: string): void {
    const options = this.options().map((each, index) => (index === at ? words : each));
    // Lines that were emptied go when one leaves them, so that the cursor stays where it is.
    this.options.set(options.at(-1) === '' ? options : lines(options));
  }

  protected tidy(): void {
    const tidied = lines(this.options());
    if (tidied.length !== this.options().length) this.options.set(tidied);
  }

  protected make(event: Event): void {
    event.preventDefault();
    // The button may stand in the composer's form.
    event.stopPropagation();
    this.isTried.set(true);
    if (this.fault() || this.timeError()) return;
    const closes_at = this.closesAt() ? new Date(this.closesAt()).toISOString() : null;
    this.made.emit({
      question: this.question().trim(),
      options: written(this.options()),
      multiple: this.multiple(),
      anonymous: this.anonymous(),
      closes_at,
    });
    this.isOpen.set(false);
  }
}
