import { ChangeDetectionStrategy, Component, DestroyRef, computed, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { Language } from '@core/language';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe, regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { CurrentChannel } from '../current-channel';

import { stateName } from './observer-names';
import { SubPage } from './sub-page';

const LOOK_AGAIN_MS = 5_000;

/** One observer: what was delivered, again from where one wants, and its end. */
@Component({
  selector: 'app-deliveries',
  imports: [Control, Dialog, Empty, Field, Icon, LoadFailed, Skeleton, SubPage, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './deliveries.html',
})
export class Deliveries {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly milliseconds = new Intl.NumberFormat(regional(inject(Language).current), { style: 'unit', unit: 'millisecond' });
  protected readonly current = inject(CurrentChannel);
  protected readonly stateName = stateName;
  readonly observerId = input.required<string>();
  protected readonly back = computed(() => `${this.current.path()}/observers`);
  protected readonly observer = signal<Schemas['ObserverView'] | null>(null);
  protected readonly replaying = signal(false);
  protected readonly detaching = signal(false);
  protected readonly list = new Listing<Schemas['DeliveryView']>(async () => {
    const [observers, page] = await Promise.all([
      this.api.ask((http) => http.GET('/v1/channels/{channel_id}/observers', { params: { path: { channel_id: this.current.now.id } } })),
      this.api.ask((http) => http.GET('/v1/channels/{channel_id}/observers/{observer_id}/deliveries', { params: this.params() })),
    ]);
    this.observer.set(observers.items.find((each) => each.id === this.observerId()) ?? null);
    return page;
  });

  constructor() {
    queueMicrotask(() => void this.list.load());
    const timer = setInterval(() => document.visibilityState === 'visible' && void this.list.load(), LOOK_AGAIN_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  protected took(milliseconds: number): string {
    return this.milliseconds.format(milliseconds);
  }

  protected async replay(from: string): Promise<void> {
    this.replaying.set(false);
    try {
      const body = { from_seq: Math.max(0, Math.floor(Number(from)) || 0) };
      const call = this.api.ask((http) => http.POST('/v1/channels/{channel_id}/observers/{observer_id}/replay', { params: this.params(), body }));
      this.observer.set(await call);
      this.toasts.show($localize`:@@channels.observer.replayed:It gets the entries again.`);
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  protected async detach(): Promise<void> {
    this.detaching.set(false);
    try {
      await this.api.ask((http) => http.DELETE('/v1/channels/{channel_id}/observers/{observer_id}', { params: this.params() }));
      await this.router.navigateByUrl(this.back());
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  private params() {
    return { path: { channel_id: this.current.now.id, observer_id: this.observerId() } };
  }
}
