import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';
import { Subject } from 'rxjs';

export interface Jump {
  conversationId: string;
  seq: number;
}

/** Shows a message in its conversation, wherever one is: from a quote, a pin, a search, a notification. */
@Injectable({ providedIn: 'root' })
export class Jumps {
  private readonly router = inject(Router);
  private readonly asked = new Subject<Jump>();
  /** Emits for the conversation that is open; others are opened at the message by their address. */
  readonly jumps = this.asked.asObservable();

  async to(conversationId: string, seq: number): Promise<void> {
    await this.router.navigate(['/c', conversationId], { queryParams: { at: seq } });
    this.asked.next({ conversationId, seq });
  }
}
