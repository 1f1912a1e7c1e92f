import { ChangeDetectionStrategy, Component, Injectable, type WritableSignal, inject, signal } from '@angular/core';

import { asProblem } from '@core/problem';

import { Announcer } from './announcer';
import { Icon } from './icon';

export interface ToastAction {
  label: string;
  run: () => void;
}
interface Shown {
  id: number;
  words: string;
  tone: 'plain' | 'error';
  action: ToastAction | null;
}

const SECONDS = 6;
/** Something to press, or to understand, takes longer. */
const LONG_SECONDS = 10;

/** Short notes at the edge of the screen, which go by themselves. */
@Injectable({ providedIn: 'root' })
export class Toasts {
  private readonly announcer = inject(Announcer);
  private readonly list = signal<readonly Shown[]>([]);
  private made = 0;
  readonly shown = this.list.asReadonly();

  show(words: string, action: ToastAction | null = null): void {
    this.add({ id: ++this.made, words, tone: 'plain', action });
    this.announcer.say(words);
  }

  /** Shows why something did not work. */
  fail(error: unknown, action: ToastAction | null = null): void {
    const { words } = asProblem(error);
    this.add({ id: ++this.made, words, tone: 'error', action });
    this.announcer.say(words, 'urgent');
  }

  /** Does something while `busy` says so, and shows why it did not work. */
  async attempt(busy: WritableSignal<boolean>, work: () => Promise<unknown>): Promise<void> {
    busy.set(true);
    try {
      await work();
    } catch (error) {
      this.fail(error);
    } finally {
      busy.set(false);
    }
  }

  drop(id: number): void {
    this.list.update((list) => list.filter((each) => each.id !== id));
  }

  private add(toast: Shown): void {
    this.list.update((list) => [...list.slice(-2), toast]);
    const seconds = toast.action || toast.tone === 'error' ? LONG_SECONDS : SECONDS;
    setTimeout(() => this.drop(toast.id), seconds * 1000);
  }
}

@Component({
  selector: 'app-toasts',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div class="toasts">
      @for (toast of toasts.shown(); track toast.id) {
        <div class="toast" [attr.data-tone]="toast.tone">
          @if (toast.tone === 'error') {
            <app-icon name="alert" />
          }
          <span>{{ toast.words }}</span>
          @if (toast.action; as action) {
            <button type="button" class="toast-action" (click)="action.run(); toasts.drop(toast.id)">{{ action.label }}</button>
          }
          <button type="button" class="icon-button" aria-label="Dismiss" i18n-aria-label="@@core.dismiss" (click)="toasts.drop(toast.id)">
            <app-icon name="close" />
          </button>
        </div>
      }
    </div>
    <div class="visually-hidden" role="status">{{ announcer.polite() }}</div>
    <div class="visually-hidden" role="alert">{{ announcer.urgent() }}</div>
  `,
})
export class ToastOutlet {
  protected readonly toasts = inject(Toasts);
  protected readonly announcer = inject(Announcer);
}
