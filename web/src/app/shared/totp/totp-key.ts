import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { QrCode } from './qr-code';

/** The key of a new authenticator app, to be scanned or typed. */
@Component({
  selector: 'app-totp-key',
  imports: [Icon, QrCode],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'totp-key' },
  template: `
    <p i18n="@@account.totp.scan">Scan this with an authenticator app, such as Aegis or FreeOTP.</p>
    <app-qr-code [text]="uri()" />
    <div class="totp-secret">
      <p class="muted" i18n="@@account.totp.type">Or type this key into the app:</p>
      <code>{{ grouped(secret()) }}</code>
      <button type="button" class="icon-button" aria-label="Copy the key" i18n-aria-label="@@account.totp.copy" (click)="copy()"><app-icon name="copy" /></button>
    </div>
  `,
})
export class TotpKey {
  private readonly toasts = inject(Toasts);
  readonly uri = input.required<string>();
  readonly secret = input.required<string>();

  protected async copy(): Promise<void> {
    await navigator.clipboard.writeText(this.secret());
    this.toasts.show($localize`:@@account.copied:Copied.`);
  }

  /** The secret in groups of four, for who types it. */
  protected grouped(secret: string): string {
    return secret.replace(/(.{4})(?=.)/g, '$1 ');
  }
}
