import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { LANGUAGES, Language } from '@core/language';
import { Theme, type ThemeChoice } from '@core/theme';
import { Icon } from '@shared/icon';

@Component({
  selector: 'app-appearance',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  templateUrl: './appearance.html',
})
export class Appearance {
  protected readonly language = inject(Language);
  protected readonly theme = inject(Theme);
  protected readonly languages = LANGUAGES;
  protected readonly themes: readonly { id: ThemeChoice; icon: string; name: string }[] = [
    { id: 'system', icon: 'monitor', name: $localize`:@@settings.theme.system:As the device` },
    { id: 'light', icon: 'sun', name: $localize`:@@settings.theme.light:Light` },
    { id: 'dark', icon: 'moon', name: $localize`:@@settings.theme.dark:Dark` },
  ];
}
