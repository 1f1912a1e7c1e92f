import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { Router, RouterLink, RouterLinkActive } from '@angular/router';

import { Roles } from '@core/roles';
import { Session } from '@core/session';
import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';
import { Panes } from '@shared/panes';
import { Toasts } from '@shared/toast';

@Component({
  selector: 'app-settings',
  imports: [Avatar, Icon, Panes, RouterLink, RouterLinkActive],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './settings.html',
})
export class Settings {
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  protected readonly session = inject(Session);
  protected readonly roles = inject(Roles);

  protected async signOut(): Promise<void> {
    try {
      await this.session.signOut();
      await this.router.navigateByUrl('/sign-in');
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
