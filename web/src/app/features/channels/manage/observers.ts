import { ChangeDetectionStrategy, Component, DestroyRef, inject, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { type ProblemError, asProblem } from '@core/problem';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { ChannelActions } from '../channel-actions';
import { CurrentChannel } from '../current-channel';

import { EVENTS, stateName } from './observer-names';
import { SubPage } from './sub-page';

type Observer = Schemas['ObserverView'];

/** How far each observer is changes without us; one looks again after this. */
const LOOK_AGAIN_MS = 5_000;

/** Programs and mails that hear of a channel's log. */
@Component({
  selector: 'app-observers',
  imports: [Control, Dialog, Empty, Field, Icon, LoadFailed, ReactiveFormsModule, RouterLink, Skeleton, SubPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './observers.html',
})
export class Observers {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly actions = inject(ChannelActions);
  protected readonly current = inject(CurrentChannel);
  protected readonly events = EVENTS;
  protected readonly stateName = stateName;
  protected readonly making = signal(false);
  protected readonly busy = signal(false);
  protected readonly problem = signal<ProblemError | null>(null);
  /** The one that was attached just now: its secret is shown this once. */
  protected readonly made = signal<Observer | null>(null);
  protected readonly form = inject(NonNullableFormBuilder).group({ kind: 'webhook' as Observer['kind'], url: '', from: 'now' as 'now' | 'start' });
  protected readonly chosen = signal<readonly string[]>([]);
  protected readonly list = new Listing<Observer>(() => {
    const params = { path: { channel_id: this.current.now.id } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/observers', { params }));
  });
  private wish = crypto.randomUUID();

  constructor() {
    void this.list.load();
    const timer = setInterval(() => document.visibilityState === 'visible' && void this.list.load(), LOOK_AGAIN_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  protected begin(): void {
    this.made.set(null);
    this.problem.set(null);
    this.wish = crypto.randomUUID();
    this.making.set(true);
  }

  protected toggle(event: string): void {
    this.chosen.update((chosen) => (chosen.includes(event) ? chosen.filter((each) => each !== event) : [...chosen, event]));
  }

  protected async attach(): Promise<void> {
    const { kind, url, from } = this.form.getRawValue();
    const body = { kind, url: kind === 'webhook' ? url.trim() : null, events: [...this.chosen()], from_seq: from === 'start' ? 0 : null };
    const params = { path: { channel_id: this.current.now.id }, header: { 'Idempotency-Key': this.wish } };
    this.busy.set(true);
    this.problem.set(null);
    try {
      const observer = await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/observers', { params, body }));
      if (observer.secret) this.made.set(observer);
      else this.making.set(false);
      await this.list.load();
    } catch (error) {
      this.problem.set(asProblem(error));
      this.wish = crypto.randomUUID();
    } finally {
      this.busy.set(false);
    }
  }

  protected copy(secret: string): void {
    void this.actions.copy(secret, $localize`:@@channels.secret_copied:Secret copied`);
  }

  protected async setState(observer: Observer, state: 'active' | 'paused'): Promise<void> {
    try {
      const params = { path: { channel_id: observer.channel_id, observer_id: observer.id } };
      const call = this.api.ask((http) => http.PATCH('/v1/channels/{channel_id}/observers/{observer_id}', { params, body: { state } }));
      const changed = await call;
      this.list.change((items) => items.map((each) => (each.id === changed.id ? changed : each)));
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
