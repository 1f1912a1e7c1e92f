import { ChangeDetectionStrategy, Component, effect, inject, input, signal, untracked } from '@angular/core';

import { Api } from '@core/api';
import { addWords } from '@core/words';
import { People } from '@core/store';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { Spinner } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

type Webhook = Schemas['WebhookView'];

addWords({
  too_many_webhooks: () => $localize`:@@chat.problem.too_many_webhooks:A group has at most 20 webhooks.`,
  unknown_webhook: () => $localize`:@@chat.problem.unknown_webhook:That webhook is not there any more.`,
});

/** The addresses by which programs write to a group, for those who moderate it. */
@Component({
  selector: 'app-webhooks',
  imports: [Control, Dialog, Field, Icon, LoadFailed, Menu, MenuItem, Spinner, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'card' },
  templateUrl: './webhooks.html',
})
export class Webhooks {
  readonly conversationId = input.required<string>();

  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  protected readonly people = inject(People);
  protected readonly isNaming = signal(false);
  /** The one that gets another name; none while a new one is made. */
  protected readonly renamed = signal<Webhook | null>(null);
  protected readonly name = signal('');
  protected readonly busy = signal(false);
  /** What is about to happen to one, which is asked about first. */
  protected readonly asked = signal<{ webhook: Webhook; what: 'renew' | 'remove' } | null>(null);
  /** An address is shown once. */
  protected readonly made = signal<Schemas['WebhookAddressView'] | null>(null);
  protected readonly list = new Listing<Webhook>(() => {
    const params = { path: { conversation_id: this.conversationId() } };
    return this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/webhooks', { params }));
  });
  private wish = '';

  constructor() {
    effect(() => {
      this.conversationId();
      untracked(() => void this.list.load());
    });
  }

  /** Asks for the name of a new one, or for another name. */
  protected ask(webhook: Webhook | null): void {
    this.renamed.set(webhook);
    this.name.set(webhook?.name ?? '');
    this.wish = crypto.randomUUID();
    this.isNaming.set(true);
  }

  protected save(): Promise<void> {
    const [webhook, name] = [this.renamed(), this.name().trim()];
    if (!name || this.busy()) return Promise.resolve();
    return this.try(async () => {
      if (webhook) await this.rename(webhook, name);
      else this.made.set(await this.make(name));
      this.isNaming.set(false);
    });
  }

  protected confirm(): Promise<void> {
    const { webhook, what } = this.asked()!;
    this.asked.set(null);
    const params = { path: { conversation_id: this.conversationId(), webhook_id: webhook.id } };
    return this.try(async () => {
      if (what === 'remove') {
        await this.api.ask((http) => http.DELETE('/v1/conversations/{conversation_id}/webhooks/{webhook_id}', { params }));
      } else {
        const call = this.api.ask((http) => http.POST('/v1/conversations/{conversation_id}/webhooks/{webhook_id}/secret', { params }));
        this.made.set(await call);
      }
    });
  }

  protected async copy(url: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(url);
      this.toasts.show($localize`:@@chat.webhook.copied:Address copied`);
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  private make(name: string): Promise<Schemas['WebhookAddressView']> {
    const params = { path: { conversation_id: this.conversationId() }, header: { 'Idempotency-Key': this.wish } };
    return this.api.ask((http) => http.POST('/v1/conversations/{conversation_id}/webhooks', { params, body: { name } }));
  }

  private async rename(webhook: Webhook, name: string): Promise<void> {
    const params = { path: { conversation_id: this.conversationId(), webhook_id: webhook.id } };
    const path = '/v1/conversations/{conversation_id}/webhooks/{webhook_id}';
    await this.api.ask((http) => http.PATCH(path, { params, body: { name } }));
  }

  /** Does something, and shows the list as it is then. */
  private async try(work: () => Promise<void>): Promise<void> {
    this.busy.set(true);
    try {
      await work();
    } catch (error) {
      this.wish = crypto.randomUUID();
      this.toasts.fail(error);
    } finally {
      this.busy.set(false);
      void this.list.load();
    }
  }
}
