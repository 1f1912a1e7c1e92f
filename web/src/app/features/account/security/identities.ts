import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';

import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Account, type Identity } from '../account';
import { ProofDialog } from '../proof-dialog';

type Provider = Schemas['OidcProviderView'];

/** The sign-ins elsewhere (OpenID Connect) that open this account. Shown where this installation has any. */
@Component({
  selector: 'app-identities',
  imports: [Icon, ProofDialog, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { '[class.panel]': 'isShown()' },
  template: `
    @if (isShown()) {
      <h3 class="panel-heading" i18n="@@account.identities">Linked sign-ins</h3>
      <p class="muted" i18n="@@account.identities.words">Accounts elsewhere that sign you in here.</p>
      @for (identity of identities(); track identity.id) {
        <div class="row thing">
          <app-icon name="link" />
          <span class="row-text">
            <span class="row-title">{{ identity.provider_name }}</span>
            <span class="row-line muted">{{ identity.label }} · {{ identity.last_used_at ?? identity.created_at | time: 'ago' }}</span>
          </span>
          <button type="button" class="icon-button" aria-label="Remove {{ identity.provider_name }}" i18n-aria-label="@@account.identity.remove_named" (click)="ask(identity)"><app-icon name="trash" /></button>
        </div>
      }
      <p class="panel-actions">
        @for (provider of providers(); track provider.id) {
          <button type="button" class="button is-quiet" (click)="choose(provider)" i18n="@@account.identity.link">Link {{ provider.name }}</button>
        }
      </p>
      <app-proof-dialog [(open)]="isLeaving" heading="Remove this sign-in?" i18n-heading="@@account.identity.remove" action="Remove" i18n-action="@@account.remove" [work]="remove">
        <p i18n="@@account.identity.remove.words">It will not sign you in any more.</p>
      </app-proof-dialog>
      <app-proof-dialog [(open)]="isLinking" heading="Link this sign-in?" i18n-heading="@@account.identity.link.ask" action="Go on" i18n-action="@@account.identity.link.go_on" [isHarmless]="true" [work]="link">
        <p i18n="@@account.identity.link.words">You go to {{ chosen()?.name }} now and come back here. From then on that account signs you in.</p>
      </app-proof-dialog>
    }
  `,
})
export class Identities {
  private readonly account = inject(Account);
  private readonly session = inject(Session);
  private readonly toasts = inject(Toasts);
  protected readonly identities = signal<readonly Identity[]>([]);
  protected readonly providers = signal<readonly Provider[]>([]);
  protected readonly isShown = computed(() => this.identities().length + this.providers().length > 0);
  protected readonly isLeaving = signal(false);
  protected readonly isLinking = signal(false);
  protected readonly chosen = signal<Provider | null>(null);
  private leaving = '';

  constructor() {
    void this.load().catch((error: unknown) => this.toasts.fail(error));
  }

  private async load(): Promise<void> {
    const [identities, providers] = await Promise.all([this.account.identities(), this.session.providers()]);
    this.identities.set(identities);
    this.providers.set(providers);
  }

  protected choose(provider: Provider): void {
    this.chosen.set(provider);
    this.isLinking.set(true);
  }

  protected readonly link = async (password: string | null): Promise<void> => {
    location.assign(await this.account.linkIdentity(this.chosen()!.id, password));
  };

  protected ask(identity: Identity): void {
    this.leaving = identity.id;
    this.isLeaving.set(true);
  }

  protected readonly remove = async (password: string | null): Promise<void> => {
    await this.account.removeIdentity(this.leaving, password);
    await this.load();
  };
}
