import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import { Control, Field } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { Account, type Changes } from '../account';

/** How others see somebody, and what time it is where they are. */
@Component({
  selector: 'app-profile-form',
  imports: [Control, Field, Notice, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  templateUrl: './profile-form.html',
})
export class ProfileForm {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  private readonly me = inject(Session).me;
  protected readonly zones = timeZones(this.me()?.time_zone);
  protected readonly submission = new Submission({
    username_taken: 'username',
    invalid_username: 'username',
    rate_limited: 'username',
    display_name: 'display_name',
    time_zone: 'time_zone',
  });
  protected readonly form = inject(NonNullableFormBuilder).group({
    display_name: this.me()?.display_name ?? '',
    username: this.me()?.username ?? '',
    time_zone: this.me()?.time_zone ?? 'UTC',
  });

  protected send(): void {
    void this.submission.run(async () => {
      const me = await this.account.change(this.changes());
      this.form.reset({ display_name: me.display_name, username: me.username, time_zone: me.time_zone });
      this.toasts.show($localize`:@@account.saved:Saved.`);
    });
  }

  /** Only what has changed: a name that stays is no renaming. */
  private changes(): Changes {
    const { display_name, username, time_zone } = this.form.getRawValue();
    const me = this.me();
    return {
      ...(display_name.trim() !== me?.display_name && { display_name: display_name.trim() }),
      ...(username.trim() !== me?.username && { username: username.trim() }),
      ...(time_zone !== me?.time_zone && { time_zone }),
    };
  }
}

function timeZones(own: string | undefined): readonly string[] {
  return [...new Set(['UTC', ...(own ? [own] : []), ...Intl.supportedValuesOf('timeZone')])].sort();
}
