import { Injectable, signal } from '@angular/core';

/** The unread counts beside the places of the rail. Each is kept by the store that knows it. */
@Injectable({ providedIn: 'root' })
export class Badges {
  readonly chats = signal(0);
  readonly channels = signal(0);
  readonly notifications = signal(0);
}
