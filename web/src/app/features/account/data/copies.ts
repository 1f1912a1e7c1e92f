import { ChangeDetectionStrategy, Component, DestroyRef, computed, inject, signal } from '@angular/core';

import { Language } from '@core/language';
import { regional } from '@shared/time';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Account, type DataCopy } from '../account';

const LOOK_AGAIN_MS = 3_000;
const KILO = 1000;

/** The copies of one's data: ask for one, see how far it is, fetch it. */
@Component({
  selector: 'app-copies',
  imports: [Icon, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  templateUrl: './copies.html',
})
export class Copies {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  private readonly language = inject(Language).current;
  protected readonly copies = signal<readonly DataCopy[] | null>(null);
  protected readonly isAsking = signal(false);
  protected readonly isWaiting = computed(() => this.copies()?.some((each) => each.state === 'waiting') ?? false);
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isGone = false;
  /** The same until an answer came: a call that is sent twice makes one copy. */
  private key = crypto.randomUUID();

  constructor() {
    inject(DestroyRef).onDestroy(() => {
      this.isGone = true;
      clearTimeout(this.timer);
    });
    void this.load();
  }

  protected async ask(): Promise<void> {
    this.isAsking.set(true);
    try {
      await this.account.askForCopy(this.key);
      this.key = crypto.randomUUID();
      this.toasts.show($localize`:@@account.copy.asked:Your copy is being made. You can leave this page meanwhile.`);
    } catch (error) {
      this.toasts.fail(error);
    }
    this.isAsking.set(false);
    await this.load();
  }

  protected sizeOf(copy: DataCopy): string {
    const kilobytes = (copy.size ?? 0) / KILO;
    const [value, unit] = kilobytes < KILO ? [kilobytes, 'kilobyte'] : [kilobytes / KILO, 'megabyte'];
    const form = { style: 'unit', unit, maximumFractionDigits: 1 } as const;
    return new Intl.NumberFormat(regional(this.language), form).format(value);
  }

  private async load(): Promise<void> {
    clearTimeout(this.timer);
    try {
      this.copies.set(await this.account.copies());
    } catch (error) {
      if (this.copies() === null) this.toasts.fail(error);
    }
    if (this.isWaiting() && !this.isGone) this.timer = setTimeout(() => void this.load(), LOOK_AGAIN_MS);
  }
}
