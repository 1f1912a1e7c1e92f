import { ChangeDetectionStrategy, Component, inject, output, resource } from '@angular/core';

import { Session } from '@core/session';
import { Icon } from '@shared/icon';

import { Passkey } from './passkey';

/** The other ways in: a passkey, and the providers of this installation. */
@Component({
  selector: 'app-providers',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (passkey.isSupported || providers.hasValue()) {
      <div class="auth-others">
        <p class="auth-or"><span i18n="@@auth.or">or</span></p>
        @if (passkey.isSupported) {
          <button type="button" class="button is-quiet" (click)="chosen.emit(withPasskey)"><app-icon name="passkey" /><span i18n="@@auth.passkey">Use a passkey</span></button>
        }
        @for (each of providers.hasValue() ? providers.value() : []; track each.id) {
          <button type="button" class="button is-quiet" (click)="chosen.emit(at(each.id))"><app-icon name="door" /><span i18n="@@auth.provider">Continue with {{ each.name }}</span></button>
        }
      </div>
    }
  `,
})
export class Providers {
  private readonly session = inject(Session);
  protected readonly passkey = inject(Passkey);
  protected readonly providers = resource({ loader: () => this.session.providers() });
  /** What to do now; whoever hears it shows how that goes, and goes on when it answers true. */
  readonly chosen = output<() => Promise<boolean>>();

  protected readonly withPasskey = async (): Promise<boolean> => {
    await this.passkey.signIn();
    return true;
  };

  protected at(provider: string): () => Promise<boolean> {
    return async () => {
      location.assign(await this.session.beginAtProvider(provider));
      return false;
    };
  }
}
