import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { ProblemError } from '@core/problem';
import type { Schemas } from '@core/wire';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';

import { ModerationPage } from '../page';

import { statusWords } from './status-words';

type Instance = Schemas['InstanceView'];

/** The registry is asked every few seconds; an answer that is older says little of now. */
const FRESH_S = 30;

/** Every process that the registry knows, those that cannot be given work first. */
@Component({
  selector: 'app-instances',
  imports: [Empty, Icon, LoadFailed, ModerationPage, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  templateUrl: './instances.html',
})
export class Instances {
  private readonly api = inject(Api);
  private readonly found = signal<Schemas['InstancesView'] | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly isLoading = signal(false);
  protected readonly words = statusWords;
  protected readonly items = computed(() => {
    const items = this.found()?.items;
    return items && [...items].sort((one, two) => Number(isUp(one)) - Number(isUp(two)) || one.id.localeCompare(two.id));
  });
  protected readonly up = computed(() => this.found()?.items.filter(isUp).length ?? 0);
  /** How long ago the registry said so, in seconds, where that is long; null where it did just now, or never. */
  protected readonly age = computed(() => {
    const age = this.found()?.age_s ?? 0;
    return age > FRESH_S ? Math.round(age) : null;
  });
  protected readonly isUp = isUp;

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    this.isLoading.set(true);
    try {
      this.found.set(await this.api.ask((http) => http.GET('/v1/admin/instances')));
      this.problem.set(null);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.problem.set(error);
    } finally {
      this.isLoading.set(false);
    }
  }
}

function isUp(instance: Instance): boolean {
  return instance.status === 'UP';
}
