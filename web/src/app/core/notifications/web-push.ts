import { Injectable, computed, effect, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Offline } from '@core/offline';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

/** `unsupported`: this browser cannot; `blocked`: the person said no to the browser. */
export type PushState = 'unknown' | 'unsupported' | 'blocked' | 'off' | 'on';
export type Endpoint = Schemas['PushEndpointView'];

/** The endpoint of this browser, by person: somebody else who signs in here is not told what was not theirs. */
const MINE = 'charla.push';

/** Pushes to this browser, shown by the service worker while no page is open. */
@Injectable({ providedIn: 'root' })
export class WebPush {
  private readonly api = inject(Api);
  private readonly offline = inject(Offline);
  private readonly session = inject(Session);
  private readonly phase = signal<PushState>('unknown');
  private readonly list = signal<readonly Endpoint[]>([]);

  readonly state = this.phase.asReadonly();
  /** All devices of the person. */
  readonly endpoints = this.list.asReadonly();
  readonly thisDevice = computed(() => (this.phase() === 'on' ? this.remembered() : null));

  constructor() {
    // Who signs out here hears nothing more here. The push service then tells the server that this device is gone.
    effect(() => {
      if (this.session.state() === 'signed-out') void this.unsubscribe();
    });
  }

  /** Finds out how things are. */
  async look(): Promise<void> {
    const [registration] = await Promise.all([this.offline.registration(), this.loadEndpoints()]);
    if (!registration || !('PushManager' in globalThis)) return this.phase.set('unsupported');
    if (Notification.permission === 'denied') return this.phase.set('blocked');
    const subscription = await registration.pushManager.getSubscription();
    const known = this.list().some((each) => each.id === this.remembered());
    this.phase.set(subscription && known ? 'on' : 'off');
  }

  /** Asks the browser, and tells the server where to push. `device` is what the person knows it by. */
  async turnOn(device: string): Promise<void> {
    const registration = await this.offline.registration();
    if (!registration) return this.phase.set('unsupported');
    if ((await Notification.requestPermission()) !== 'granted') {
      return this.phase.set(Notification.permission === 'denied' ? 'blocked' : 'off');
    }
    const { public_key: key } = await this.api.ask((http) => http.GET('/v1/push/key'));
    const subscription = await subscribe(registration.pushManager, key);
    const endpoint = await this.api.ask((http) => http.POST('/v1/push/endpoints', { body: { ...keysOf(subscription), device } }));
    localStorage.setItem(this.place(), endpoint.id);
    await this.loadEndpoints();
    this.phase.set('on');
  }

  async turnOff(): Promise<void> {
    const id = this.remembered();
    if (id) await this.remove(id);
    await this.unsubscribe();
    this.phase.set('off');
  }

  async change(id: string, body: Schemas['EndpointChangesBody']): Promise<void> {
    const params = { path: { endpoint_id: id } };
    const changed = await this.api.ask((http) => http.PATCH('/v1/push/endpoints/{endpoint_id}', { params, body }));
    this.list.update((list) => list.map((each) => (each.id === id ? changed : each)));
  }

  async remove(id: string): Promise<void> {
    const params = { path: { endpoint_id: id } };
    await this.api.ask((http) => http.DELETE('/v1/push/endpoints/{endpoint_id}', { params }));
    this.list.update((list) => list.filter((each) => each.id !== id));
    if (id === this.remembered()) {
      localStorage.removeItem(this.place());
      if (this.phase() === 'on') this.phase.set('off');
    }
  }

  private async loadEndpoints(): Promise<void> {
    this.list.set((await this.api.ask((http) => http.GET('/v1/push/endpoints'))).items);
  }

  private async unsubscribe(): Promise<void> {
    const registration = await this.offline.registration();
    await (await registration?.pushManager?.getSubscription())?.unsubscribe();
  }

  private remembered(): string | null {
    return localStorage.getItem(this.place());
  }

  private place(): string {
    return `${MINE}.${this.session.me()?.id ?? ''}`;
  }
}

/** Subscribes with the server's key; a subscription that was made with another one is given up. */
async function subscribe(manager: PushManager, key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(key) };
  try {
    return await manager.subscribe(options);
  } catch (error) {
    const old = await manager.getSubscription();
    if (!old) throw error;
    await old.unsubscribe();
    return manager.subscribe(options);
  }
}

function keysOf(subscription: PushSubscription): { endpoint: string; p256dh: string; auth: string } {
  const { keys = {} } = subscription.toJSON();
  return { endpoint: subscription.endpoint, p256dh: keys['p256dh'] ?? '', auth: keys['auth'] ?? '' };
}

/** Returns the bytes of base64url. */
export function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(text, (each) => each.charCodeAt(0));
}
