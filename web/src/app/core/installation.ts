import { Injectable, inject } from '@angular/core';

import { Api } from './api';
import type { Schemas } from './wire';

/** What this installation says of itself, such as where its media are. */
@Injectable({ providedIn: 'root' })
export class Installation {
  private readonly api = inject(Api);
  private asked: Promise<Schemas['InstallationView']> | null = null;

  facts(): Promise<Schemas['InstallationView']> {
    this.asked ??= this.api.ask((http) => http.GET('/v1/installation')).catch((error: unknown) => {
      this.asked = null;
      throw error;
    });
    return this.asked;
  }

  /** The origin of uploads and media, such as `https://media.example.org`. */
  async mediaOrigin(): Promise<string> {
    return (await this.facts()).media_url.replace(/\/$/, '');
  }
}
