import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { AccountPage } from '../account-page';

import { deviceName, isPhone } from './device-name';

type Device = Schemas['SessionView'];

/** Where the account is signed in, and a way to end that. */
@Component({
  selector: 'app-devices',
  imports: [AccountPage, Dialog, Icon, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  templateUrl: './devices.html',
})
export class Devices {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  protected readonly devices = signal<readonly Device[] | null>(null);
  protected readonly others = computed(() => this.devices()?.filter((each) => !each.current) ?? []);
  protected readonly here = computed(() => this.devices()?.filter((each) => each.current) ?? []);
  protected readonly isAsking = signal(false);
  protected readonly nameOf = deviceName;
  protected readonly isPhone = isPhone;

  constructor() {
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      this.devices.set((await this.api.ask((http) => http.GET('/v1/auth/sessions'))).items);
    } catch (error) {
      this.toasts.fail(error, { label: $localize`:@@account.retry:Try again`, run: () => void this.load() });
    }
  }

  protected async end(device: Device): Promise<void> {
    const params = { path: { session_id: device.id } };
    await this.tell(() => this.api.ask((http) => http.DELETE('/v1/auth/sessions/{session_id}', { params })));
  }

  protected async endOthers(): Promise<void> {
    this.isAsking.set(false);
    await this.tell(() => this.api.ask((http) => http.DELETE('/v1/auth/sessions')));
  }

  private async tell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.toasts.show($localize`:@@account.device.ended:Signed out there.`);
    } catch (error) {
      this.toasts.fail(error);
    }
    await this.load();
  }
}
