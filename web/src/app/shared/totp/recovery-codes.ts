import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Toasts } from '@shared/toast';

/** The recovery codes of a second step that was just turned on, which are shown this once. */
@Component({
  selector: 'app-recovery-codes',
  imports: [Icon, Notice],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'form' },
  template: `
    <app-notice tone="good" words="The second step is on." i18n-words="@@account.totp.on" />
    <p i18n="@@account.codes.words">Keep these recovery codes in a safe place. Each signs you in once when your phone is not at hand. They are not shown again.</p>
    <ul class="recovery-codes">
      @for (code of codes(); track code) {
        <li>{{ code }}</li>
      }
    </ul>
    <p class="panel-actions">
      <button type="button" class="button is-quiet" (click)="copy()"><app-icon name="copy" /><span i18n="@@account.copy">Copy</span></button>
      <button type="button" class="button is-quiet" (click)="save()"><app-icon name="download" /><span i18n="@@account.codes.save">Save as a file</span></button>
    </p>
  `,
})
export class RecoveryCodes {
  private readonly toasts = inject(Toasts);
  private readonly session = inject(Session);
  readonly codes = input.required<readonly string[]>();

  protected async copy(): Promise<void> {
    await navigator.clipboard.writeText(this.codes().join('\n'));
    this.toasts.show($localize`:@@account.copied:Copied.`);
  }

  protected save(): void {
    const file = new Blob([this.codes().join('\n') + '\n'], { type: 'text/plain' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = `charla-${this.session.me()?.username ?? ''}.txt`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
