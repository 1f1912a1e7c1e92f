import { Injectable, inject, isDevMode } from '@angular/core';
import { Router } from '@angular/router';

import { BASE_PATH } from './base';

interface ScriptPolicy {
  createScriptURL(url: string): string;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): ScriptPolicy;
}

/** The service worker: the shell opens without network, and pushes are shown while no page is open. */
@Injectable({ providedIn: 'root' })
export class Offline {
  private readonly base = inject(BASE_PATH);
  private readonly router = inject(Router);
  private registered: Promise<ServiceWorkerRegistration | null> | null = null;

  /** The worker, once it is there; null where the browser has none. Web push subscribes at it. */
  registration(): Promise<ServiceWorkerRegistration | null> {
    return this.registered ?? Promise.resolve(null);
  }

  async start(): Promise<void> {
    if (isDevMode() || !('serviceWorker' in navigator)) return;
    navigator.serviceWorker.addEventListener('message', (event: MessageEvent<unknown>) => this.hear(event.data));
    this.registered = navigator.serviceWorker.register(scriptUrl(`${this.base}sw.js`), { updateViaCache: 'none' }).catch(() => null);
    await this.registered;
  }

  /** The worker asks for a page, when somebody pressed a notification. */
  private hear(said: unknown): void {
    const { t, path } = (said ?? {}) as { t?: string; path?: unknown };
    if (t === 'open' && typeof path === 'string' && path.startsWith('/')) void this.router.navigateByUrl(path);
  }
}

/** The one script address that is made at run time (Trusted Types; the policy's name stands in nginx.conf). */
function scriptUrl(name: `${string}sw.js`): string {
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  if (!trustedTypes) return name;
  return trustedTypes.createPolicy('charla', { createScriptURL: (url) => url }).createScriptURL(name);
}
