import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { type Endpoint, WebPush } from '@core/notifications/web-push';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { deviceName } from './device-name';

/** Notifications on this device and the person's others. */
@Component({
  selector: 'app-devices',
  imports: [Icon, Menu, MenuItem, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './devices.html',
})
export class Devices {
  private readonly toasts = inject(Toasts);
  protected readonly push = inject(WebPush);
  protected readonly busy = signal(false);

  constructor() {
    this.push.look().catch((error: unknown) => this.toasts.fail(error));
  }

  protected turn(): Promise<void> {
    return this.tried(() => (this.push.state() === 'on' ? this.push.turnOff() : this.push.turnOn(deviceName(navigator))));
  }

  protected enable(endpoint: Endpoint): Promise<void> {
    return this.tried(() => this.push.change(endpoint.id, { enabled: !endpoint.enabled }));
  }

  protected quieten(endpoint: Endpoint): Promise<void> {
    return this.tried(() => this.push.change(endpoint.id, { quiet: !endpoint.quiet }));
  }

  protected remove(endpoint: Endpoint): Promise<void> {
    return this.tried(() => (endpoint.id === this.push.thisDevice() ? this.push.turnOff() : this.push.remove(endpoint.id)));
  }

  private tried(work: () => Promise<unknown>): Promise<void> {
    return this.toasts.attempt(this.busy, work);
  }
}
